//! Asks the live database about the tables of dangerous statements: how large they are, and whether they are known to
//! make the statement harmless.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use crate::migrate::error::MigrateError;
use crate::migrate::hazard::find::LocatedHazard;
use crate::migrate::hazard::hazard_types::Exemption;
use crate::migrate::hazard::widening::widens;
use crate::migrate::settings::RunSettings;

/// A table of the live database.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveTable {
    /// PostgreSQL's estimate, if it has one.
    pub(crate) rows: Option<i64>,
    /// The size without indexes.
    pub(crate) bytes: i64,
    column_names: Vec<String>,
    column_types: Vec<String>,
    /// Columns that a validated constraint proves to hold no NULL.
    never_null: Vec<String>,
    /// CHECKs, and NOT NULLs of PostgreSQL 18, that are not validated, and the columns that they would prove to hold no NULL.
    unvalidated_checks: Vec<String>,
    unvalidated_columns: Vec<String>,
    /// Columns that are generated when they are read (PostgreSQL 18).
    virtual_columns: Vec<String>,
}

/// Reads the tables of `hazards`, in the same order; `None` if there is no such table.
pub(crate) async fn read(client: &Client, hazards: &[&LocatedHazard]) -> Result<Vec<Option<LiveTable>>, MigrateError> {
    let schemas: Vec<&str> = hazards.iter().map(|one| one.relation.schema.as_deref().unwrap_or("public")).collect();
    let names: Vec<&str> = hazards.iter().map(|one| one.relation.name.as_str()).collect();
    let only: Vec<bool> = hazards.iter().map(|one| one.only).collect();
    let values: [(&(dyn ToSql + Sync), Type); 3] =
        [(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY), (&only, Type::BOOL_ARRAY)];
    let rows = client
        .query_typed(include_str!("live_tables.sql"), &values)
        .await
        .map_err(|source| MigrateError::Session { step: "looking up how large tables are", source })?;
    let mut tables = vec![None; hazards.len()];
    for row in &rows {
        let at = usize::try_from(row.get::<_, i64>("position") - 1).unwrap_or(usize::MAX);
        if let Some(slot) = tables.get_mut(at) {
            *slot = Some(live_table(row));
        }
    }
    Ok(tables)
}

fn live_table(row: &Row) -> LiveTable {
    LiveTable {
        rows: row.get("rows"),
        bytes: row.get::<_, Option<i64>>("bytes").unwrap_or(0),
        column_names: row.get("column_names"),
        column_types: row.get("column_types"),
        never_null: row.get("never_null"),
        unvalidated_checks: row.get("unvalidated_checks"),
        unvalidated_columns: row.get("unvalidated_columns"),
        virtual_columns: row.get("virtual_columns"),
    }
}

impl LiveTable {
    /// Returns whether scanning the table takes long.
    pub(crate) fn is_large(&self, settings: &RunSettings) -> bool {
        let least = |limit: u64| i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows.is_some_and(|rows| rows >= least(settings.large_rows)) || self.bytes >= least(settings.large_bytes())
    }

    /// Returns whether the table fulfils the condition that makes the statement harmless.
    pub(crate) fn exempts(&self, exemption: Option<&Exemption>) -> bool {
        match exemption {
            None => false,
            Some(Exemption::NeverNull { column, constraints }) => {
                let mut unvalidated = self.unvalidated_checks.iter().zip(&self.unvalidated_columns);
                self.never_null.contains(column)
                    || unvalidated.any(|(name, of)| of == column && constraints.contains(name))
            }
            Some(Exemption::Virtual { column }) => self.virtual_columns.contains(column),
            Some(Exemption::Widens { column, to }) => {
                let at = self.column_names.iter().position(|name| name == column);
                at.is_some_and(|at| widens(&self.column_types[at], to))
            }
        }
    }
}
