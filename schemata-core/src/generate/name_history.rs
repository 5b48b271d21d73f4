//! The names that tables and columns had after each migration of a replay. If both a former and a present name exist, only this
//! history tells whether the rename has already been made.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// A table keeps its OID through renames, and a column its number within the table.
#[derive(Debug, Default)]
pub(crate) struct NameHistory {
    /// All names of each table.
    tables: BTreeMap<u32, BTreeSet<String>>,
    /// All names of each column.
    columns: BTreeMap<(u32, i16), BTreeSet<String>>,
    /// The tables by their present names.
    current_tables: BTreeMap<String, u32>,
    /// The columns by their present names.
    current_columns: BTreeMap<(u32, String), i16>,
}

/// The tables and columns of schemas $2; $1 is the main schema, whose tables are not qualified.
const NAMES: &str = "
    SELECT
        c.oid AS table_oid,
        CASE WHEN n.nspname = $1 THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS table_name,
        a.attnum AS column_number,
        a.attname::text AS column_name
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = ANY ($2) AND c.relkind IN ('r', 'p')";

impl NameHistory {
    /// Adds the present names; the first of `schemas` is the main one.
    pub(crate) async fn record(&mut self, client: &Client, schemas: &[&str]) -> Result<(), Error> {
        let main = schemas.first().copied().unwrap_or_default();
        (self.current_tables, self.current_columns) = (BTreeMap::new(), BTreeMap::new());
        for row in client.query_typed(NAMES, &[(&main, Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await? {
            let (table, name): (u32, String) = (row.get("table_oid"), row.get("table_name"));
            self.tables.entry(table).or_default().insert(name.clone());
            self.current_tables.insert(name, table);
            let column: (Option<i16>, Option<String>) = (row.get("column_number"), row.get("column_name"));
            if let (Some(number), Some(column)) = column {
                self.columns.entry((table, number)).or_default().insert(column.clone());
                self.current_columns.insert((table, column), number);
            }
        }
        Ok(())
    }

    /// Returns whether the table now called `key` was once called `old`.
    pub(crate) fn table_was(&self, key: &str, old: &str) -> bool {
        self.current_tables.get(key).and_then(|table| self.tables.get(table)).is_some_and(|names| names.contains(old))
    }

    /// Returns whether the column now called `column`, of the table now called `key`, was once called `old`.
    pub(crate) fn column_was(&self, key: &str, column: &str, old: &str) -> bool {
        let names = self.current_tables.get(key).and_then(|table| {
            let number = self.current_columns.get(&(*table, column.to_owned()))?;
            self.columns.get(&(*table, *number))
        });
        names.is_some_and(|names| names.contains(old))
    }
}
