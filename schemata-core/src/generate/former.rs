//! The names that tables and columns had after each migration of a replay. If both a former and a present name exist, only
//! this history tells whether the rename was made already.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// The names so far. A table keeps its OID through renames, and a column its number within the table.
#[derive(Debug, Default)]
pub(crate) struct Former {
    /// All names of each table.
    tables: BTreeMap<u32, BTreeSet<String>>,
    /// All names of each column.
    columns: BTreeMap<(u32, i16), BTreeSet<String>>,
    /// The tables by their present names.
    now: BTreeMap<String, u32>,
    /// The columns by their present names.
    columns_now: BTreeMap<(u32, String), i16>,
}

const SQL: &str = "SELECT c.oid, CASE WHEN n.nspname = $1 THEN c.relname::text ELSE n.nspname || '.' || c.relname END, \
     a.attnum, a.attname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     WHERE n.nspname = ANY($2) AND c.relkind IN ('r', 'p')";

impl Former {
    /// Adds the names that exist now; the first of `schemas` is the main one.
    pub(crate) async fn note(&mut self, client: &Client, schemas: &[&str]) -> Result<(), tokio_postgres::Error> {
        let main = schemas.first().copied().unwrap_or_default();
        (self.now, self.columns_now) = (BTreeMap::new(), BTreeMap::new());
        for row in client.query_typed(SQL, &[(&main, Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await? {
            let (table, name): (u32, String) = (row.get(0), row.get(1));
            self.tables.entry(table).or_default().insert(name.clone());
            self.now.insert(name, table);
            if let (Some(number), Some(column)) = (row.get::<_, Option<i16>>(2), row.get::<_, Option<String>>(3)) {
                self.columns.entry((table, number)).or_default().insert(column.clone());
                self.columns_now.insert((table, column), number);
            }
        }
        Ok(())
    }

    /// Returns whether the table now called `key` was once called `old`.
    pub(crate) fn table_was(&self, key: &str, old: &str) -> bool {
        self.now.get(key).and_then(|table| self.tables.get(table)).is_some_and(|names| names.contains(old))
    }

    /// Returns whether the column now called `column`, of the table now called `key`, was once called `old`.
    pub(crate) fn column_was(&self, key: &str, column: &str, old: &str) -> bool {
        let number = self.now.get(key).and_then(|table| {
            let number = self.columns_now.get(&(*table, column.to_owned()))?;
            self.columns.get(&(*table, *number))
        });
        number.is_some_and(|names| names.contains(old))
    }
}
