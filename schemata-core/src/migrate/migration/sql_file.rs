//! `SqlFile`: a file of SQL that is a migration, and its run, statement by statement.

use crate::ident::quoted;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::operation::{ConcurrentIndex, NameScope, Operation, OperationKind};
use crate::migrate::migration::step_error::{MigrationResult, StatementPlace, StepError};
use crate::sql::migration_file::{FileStep, FileStepKind, read};

/// A file of SQL. `sql_migrations!` embeds it.
#[derive(Debug, Clone, Copy)]
pub struct SqlFile {
    /// Its path from the folder of `Cargo.toml`.
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
    /// Whether its statements share a transaction.
    in_transaction: bool,
}

impl SqlFile {
    /// Embeds a file.
    pub const fn new(path: &'static str, text: &'static str, in_transaction: bool) -> Self {
        Self { path, text, in_transaction }
    }

    /// Reads a file that this program was compiled without. What it holds stays in memory until the program ends.
    #[cfg(feature = "dev")]
    pub(crate) fn read(path: &std::path::Path) -> std::io::Result<&'static Self> {
        let text = std::fs::read_to_string(path)?;
        let file = Self { path: path.to_string_lossy().into_owned().leak(), text: text.leak(), in_transaction: true };
        Ok(Box::leak(Box::new(file)))
    }
}

/// Runs the statements of `file`.
///
/// # Errors
/// As the steps of a migration, with the line of the statement.
pub(crate) async fn run_sql_file(m: &mut Migration<'_>, file: &'static SqlFile) -> MigrationResult {
    let at = |line| StatementPlace { path: file.path, line };
    let steps = read(file.text, file.in_transaction)
        .map_err(|error| StepError::File { place: at(error.line), message: error.message })?;
    for step in steps {
        let place = at(step.line);
        run_step(m, step).await.map_err(|source| StepError::At { place, source })?;
    }
    Ok(())
}

async fn run_step(m: &mut Migration<'_>, step: FileStep<'_>) -> MigrationResult {
    m.allow(step.allowed.unwrap_or_default());
    let operation = match step.kind {
        FileStepKind::CreateIndex { unique, name, definition } => {
            let index = m.create_index(&name, &definition).concurrently();
            return if unique { index.unique().await } else { index.await };
        }
        FileStepKind::DropIndex { schema, name, if_exists } => {
            let schema = schema.unwrap_or_else(|| m.schema().as_str().to_owned());
            drop_index(schema, name, if_exists)
        }
        FileStepKind::Statement => Operation::statement(step.text, NameScope::Own),
        FileStepKind::Alone => Operation::of(OperationKind::Alone, step.text.into_owned()),
        FileStepKind::Commit => Operation::commit(),
    };
    Ok(m.step([operation]).await?)
}

fn drop_index(schema: String, name: String, if_exists: bool) -> Operation {
    let exists = if if_exists { "IF EXISTS " } else { "" };
    let text = format!("DROP INDEX CONCURRENTLY {exists}{}.{}", quoted(&schema), quoted(&name));
    Operation::of(OperationKind::ConcurrentIndex(ConcurrentIndex::Drop { schema, name }), text)
}
