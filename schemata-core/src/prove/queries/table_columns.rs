//! The columns of all tables, and whether they are NOT NULL.

use std::collections::HashMap;

use tokio_postgres::Client;

use crate::migrate::MigrateError;

/// The columns of a database.
#[derive(Debug, Default)]
pub(crate) struct TableColumns {
    /// By the table and the column's number: the table's name, and whether the column is NOT NULL.
    by_number: HashMap<(u32, i16), (String, bool)>,
    /// By the names of table and column. Tables of that name in several schemas count together.
    by_name: HashMap<String, HashMap<String, bool>>,
}

impl TableColumns {
    /// Reads the catalog.
    pub(crate) async fn read(client: &Client) -> Result<Self, MigrateError> {
        let rows = client.query_typed(include_str!("table_columns.sql"), &[]).await;
        let rows =
            rows.map_err(|source| MigrateError::Session { step: "reading the columns of all tables", source })?;
        let mut this = Self::default();
        for row in rows {
            this.add(
                (row.get("relation_oid"), row.get("number")),
                row.get("relation"),
                row.get("name"),
                row.get("not_null"),
            );
        }
        Ok(this)
    }

    pub(crate) fn add(&mut self, at: (u32, i16), relation: String, column: String, not_null: bool) {
        let known = self.by_name.entry(relation.clone()).or_default().entry(column).or_insert(true);
        *known &= not_null;
        self.by_number.insert(at, (relation, not_null));
    }

    /// Returns the table of a column, and whether the column is NOT NULL.
    pub(crate) fn by_number(&self, table: u32, column: i16) -> Option<(&str, bool)> {
        self.by_number.get(&(table, column)).map(|(relation, not_null)| (relation.as_str(), *not_null))
    }

    /// Returns whether a column is NOT NULL in every table of that name; `None` if there is no such column.
    pub(crate) fn by_name(&self, table: &str, column: &str) -> Option<bool> {
        self.by_name.get(table)?.get(column).copied()
    }
}
