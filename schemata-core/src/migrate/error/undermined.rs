//! Errors of migrations that end their own transaction, or damage the ledger.

use crate::ident::Ident;

/// A migration ended its transaction or damaged the ledger, which only the migrator may change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Undermined {
    /// A migration ended its own transaction.
    #[error(
        "migration {id} ended the transaction it ran in: what it had done up to there {}; what it did after that may be \
         committed, and the ledger does not list the migration: look at the database before the next run",
        became(*committed)
    )]
    TransactionEnded {
        /// The migration's id.
        id: &'static str,
        /// Whether the work it had done up to there was committed; `None` if that could not be found out.
        committed: Option<bool>,
        /// The error that followed, if any.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A migration damaged the ledger.
    #[error(
        "migration {id} dropped, renamed, emptied or changed the table {schema}.schema_migrations, in which Schemata keeps what \
         is applied; it was rolled back: take that out of the migration, and leave the table and its schema as they are"
    )]
    LedgerTouched {
        /// The migration's id.
        id: &'static str,
        /// The schema of the ledger.
        schema: Ident,
    },
}

/// Words for the outcome of a transaction that the migration itself ended.
fn became(committed: Option<bool>) -> &'static str {
    match committed {
        Some(true) => "is committed",
        Some(false) => "is rolled back",
        None => "may be committed",
    }
}
