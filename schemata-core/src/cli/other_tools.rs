//! The tools that `--from` takes, and the note that a schema has the ledger of one.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::cli::output::{self, BoxError};
use crate::migrate::{MigrationState, MigrationStatus, MigrationTool, Migrator};

impl ValueEnum for MigrationTool {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// Prints a note to standard error for each ledger of another tool in the schema, unless it was taken over.
pub(super) async fn note(migrator: &Migrator, url: &str, all: &[MigrationStatus]) -> Result<(), BoxError> {
    for ledger in migrator.other_ledgers(url).await? {
        let is_applied = |state: &MigrationState| matches!(state, MigrationState::Applied { .. });
        let mut listed = all.iter().filter(|migration| ledger.version_of(&migration.id).is_some()).peekable();
        let is_taken_over = match listed.peek() {
            Some(_) => listed.all(|migration| is_applied(&migration.state)),
            // Without its files, the first migration stands for what the tool applied.
            None => all.first().is_some_and(|migration| is_applied(&migration.state)),
        };
        if !is_taken_over {
            let (tool, table, versions) = (ledger.tool, &ledger.table, ledger.versions.len());
            output::note(&format!(
                "note: {tool} has applied {versions} version(s) to this schema, by its table {table}: \
                 `migrate baseline --from {tool}` takes them over; `adopt` writes models and a first migration"
            ));
        }
    }
    Ok(())
}
