//! The ledgers of other tools in a schema: found by their tables, and read as versions, whatever their shape.

mod listed;
mod rows;

pub use listed::{OtherLedger, OtherVersion};

use std::collections::BTreeSet;

use tokio_postgres::types::Type;

use crate::catalog::MigrationTool;
use crate::ident::Ident;
use crate::migrate::error::{MigrateError, TakeOverError};
use crate::migrate::record::Recorded;
use crate::migrate::session::{MigratorSession, TypedValue};

/// Finds the ledgers of other tools in `schema`: one per tool.
pub(crate) async fn find(
    session: MigratorSession<'_>,
    schema: &Ident,
) -> Result<Vec<(MigrationTool, String)>, MigrateError> {
    let names = MigrationTool::tables();
    let values: [TypedValue<'_>; 2] = [(&schema.as_str(), Type::TEXT), (&names, Type::TEXT_ARRAY)];
    let rows = session.query("looking for ledgers of other tools", include_str!("find.sql"), &values).await?;
    let mut found: Vec<(MigrationTool, String)> = Vec::new();
    for row in &rows {
        let (name, columns): (String, Option<Vec<String>>) = (row.get("name"), row.get("columns"));
        let columns = columns.unwrap_or_default();
        let columns: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
        if let Some(tool) = MigrationTool::of_table(&name, &columns) {
            found.push((tool, name));
        }
    }
    // Rails keeps a ledger of dbmate's shape, and a table of its own beside it.
    if found.iter().any(|(tool, _)| *tool == MigrationTool::Rails) {
        found.retain(|(tool, _)| *tool != MigrationTool::Rails);
        for (tool, _) in &mut found {
            if *tool == MigrationTool::Dbmate {
                *tool = MigrationTool::Rails;
            }
        }
    }
    Ok(found)
}

/// Reads the ledgers of other tools in `schema`.
pub(crate) async fn read(session: MigratorSession<'_>, schema: &Ident) -> Result<Vec<OtherLedger>, MigrateError> {
    let mut ledgers = Vec::new();
    for (tool, table) in find(session, schema).await? {
        let versions = rows::read(session, schema, tool, &table).await?;
        ledgers.push(OtherLedger { tool, table, versions });
    }
    Ok(ledgers)
}

/// Refuses to run migrations that another tool has applied to the schema.
pub(crate) fn refuse_applied(ledgers: &[OtherLedger], pending: &[&Recorded]) -> Result<(), TakeOverError> {
    for ledger in ledgers {
        let is_listed = |migration: &&&Recorded| {
            migration.entry.sql_file().is_some() && ledger.version_of(migration.entry.id).is_some()
        };
        let ids: Vec<&'static str> = pending.iter().filter(is_listed).map(|migration| migration.entry.id).collect();
        if !ids.is_empty() {
            return Err(TakeOverError::AppliedByTool { tool: ledger.tool, table: ledger.table.clone(), ids });
        }
    }
    Ok(())
}
