//! The names that tables and columns had after each migration of a replay, or that a squash states. If both a former and
//! a present name exist, only this history tells whether the rename has already been made.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::migrate::MigrateError;
use crate::migrate::migration::operation::FormerName;
use crate::migrate::record::{self, Recorded};
use crate::prove::replay::Replay;

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

/// The tables and columns of all schemas; $1 is the main schema, whose tables are not qualified.
const NAMES: &str = "
    SELECT
        c.oid AS table_oid,
        CASE WHEN n.nspname = $1 THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS table_name,
        a.attnum AS column_number,
        a.attname::text AS column_name
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p')";

impl NameHistory {
    /// Runs `migrations`, and adds the names that each of them leaves or states.
    pub(crate) async fn replay(&mut self, replay: &Replay<'_>, migrations: &[&Recorded]) -> Result<(), MigrateError> {
        for migration in migrations {
            replay.apply(&[*migration]).await?;
            let recorded = self.record(replay.client(), replay.schema().as_str()).await;
            recorded.map_err(|source| MigrateError::Session { step: "reading names on a scratch database", source })?;
            self.add(record::former_names(migration.entry, replay.schema()).await);
        }
        Ok(())
    }

    /// Adds the present names; `main` is the schema that is migrated.
    async fn record(&mut self, client: &Client, main: &str) -> Result<(), Error> {
        (self.current_tables, self.current_columns) = (BTreeMap::new(), BTreeMap::new());
        for row in client.query_typed(NAMES, &[(&main, Type::TEXT)]).await? {
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

    /// Adds the names that a squash states, since it does not repeat the renames.
    fn add(&mut self, stated: Vec<FormerName>) {
        for FormerName { table, column, old } in stated {
            let Some(oid) = self.current_tables.get(&table).copied() else { continue };
            match column {
                None => drop(self.tables.entry(oid).or_default().insert(old)),
                Some(column) => {
                    let Some(number) = self.current_columns.get(&(oid, column)) else { continue };
                    self.columns.entry((oid, *number)).or_default().insert(old);
                }
            }
        }
    }

    /// Returns the former names that other tables or columns have now: the catalog alone does not show that these
    /// renames have been made.
    pub(crate) fn names_in_use_again(&self) -> Vec<FormerName> {
        let mut found = Vec::new();
        for (table, oid) in &self.current_tables {
            let old = self.tables.get(oid).into_iter().flatten();
            for old in old.filter(|old| *old != table && self.current_tables.contains_key(*old)) {
                found.push(FormerName { table: table.clone(), column: None, old: old.clone() });
            }
            for ((_, column), number) in self.current_columns.iter().filter(|((of, _), _)| of == oid) {
                let is_in_use =
                    |old: &&String| *old != column && self.current_columns.contains_key(&(*oid, (*old).clone()));
                for old in self.columns.get(&(*oid, *number)).into_iter().flatten().filter(is_in_use) {
                    found.push(FormerName { table: table.clone(), column: Some(column.clone()), old: old.clone() });
                }
            }
        }
        found
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
