//! The names that tables and columns had after each migration of a replay. If both a former and a present name exist, only
//! this history tells whether the rename was made already.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::migrate::operation::FormerName;

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
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p')";

impl Former {
    /// Adds the names that exist now; `main` is the schema that is migrated.
    pub(crate) async fn note(&mut self, client: &Client, main: &str) -> Result<(), tokio_postgres::Error> {
        (self.now, self.columns_now) = (BTreeMap::new(), BTreeMap::new());
        for row in client.query_typed(SQL, &[(&main, Type::TEXT)]).await? {
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

    /// Adds the names that a squash states, since the renames are not part of it.
    pub(crate) fn add(&mut self, stated: Vec<FormerName>) {
        for FormerName { table, column, old } in stated {
            let Some(oid) = self.now.get(&table).copied() else { continue };
            match column {
                None => drop(self.tables.entry(oid).or_default().insert(old)),
                Some(column) => {
                    let Some(number) = self.columns_now.get(&(oid, column)) else { continue };
                    self.columns.entry((oid, *number)).or_default().insert(old);
                }
            }
        }
    }

    /// Returns the former names that are names of other tables or columns now: after these renames, the catalog alone does not
    /// show that they were made.
    pub(crate) fn taken_again(&self) -> Vec<FormerName> {
        let mut taken = Vec::new();
        for (table, oid) in &self.now {
            let old = self.tables.get(oid).into_iter().flatten();
            for old in old.filter(|old| *old != table && self.now.contains_key(*old)) {
                taken.push(FormerName { table: table.clone(), column: None, old: old.clone() });
            }
            for ((_, column), number) in self.columns_now.iter().filter(|((of, _), _)| of == oid) {
                let is_taken = |old: &&String| *old != column && self.columns_now.contains_key(&(*oid, (*old).clone()));
                for old in self.columns.get(&(*oid, *number)).into_iter().flatten().filter(is_taken) {
                    taken.push(FormerName { table: table.clone(), column: Some(column.clone()), old: old.clone() });
                }
            }
        }
        taken
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
