//! Errors of taking over what another tool applied.

use crate::catalog::MigrationTool;
use crate::ident::Ident;

/// Why the ledger of another tool cannot be taken over, or has to be before migrations run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeOverError {
    /// The schema has no ledger of the tool.
    #[error("schema {schema} has no ledger of {tool}{}", found_instead(.found))]
    NotFound {
        /// The schema.
        schema: Ident,
        /// The tool.
        tool: MigrationTool,
        /// The tools whose ledgers it has.
        found: Vec<MigrationTool>,
    },
    /// The tool's last run failed half-way.
    #[error("{tool} records that version {version} failed: repair that with {tool}, then take its ledger over")]
    Unfinished {
        /// The tool.
        tool: MigrationTool,
        /// The version.
        version: String,
    },
    /// The ledger lists versions without a file in this program.
    #[error(
        "the ledger of {tool} lists versions without a file in this program: {}; restore their files in the folder of \
         `sql_migrations!`; if the first migration stands for all of them, mark it by `migrate baseline --to`",
        .versions.join(", ")
    )]
    NoFile {
        /// The tool.
        tool: MigrationTool,
        /// The versions.
        versions: Vec<String>,
    },
    /// Files are not what the tool applied.
    #[error("these files are not what {tool} applied, by its checksums: {}; restore them as they were", .files.join(", "))]
    Edited {
        /// The tool.
        tool: MigrationTool,
        /// The files.
        files: Vec<&'static str>,
    },
    /// The program has no migration to mark.
    #[error(
        "this program has no migration that could stand for what {tool} applied: add its files by `schemata::sql_migrations!`, \
         or write the first migration with `adopt`"
    )]
    NothingToMark {
        /// The tool.
        tool: MigrationTool,
    },
    /// Pending migrations are applied already, by the tool.
    #[error(
        "nothing was run: {tool} has applied {} in {table}; take its ledger over, by `migrate baseline --from {tool}`",
        .ids.join(", ")
    )]
    AppliedByTool {
        /// The tool.
        tool: MigrationTool,
        /// The tool's table.
        table: String,
        /// The pending migrations.
        ids: Vec<&'static str>,
    },
}

fn found_instead(found: &[MigrationTool]) -> String {
    if found.is_empty() {
        return ", nor of any other tool that is known".to_owned();
    }
    let found: Vec<String> = found.iter().map(|tool| format!("{tool}, by `--from {tool}`")).collect();
    format!("; it has one of {}", found.join(", and one of "))
}
