//! What a migration may do to the ground it runs on: end its transaction, or break the ledger.

use crate::ident::Ident;

/// A migration did to its transaction or to the ledger what is not its business.
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
        /// Its id.
        id: &'static str,
        /// Whether that committed what it had done up to there, as far as the server knows.
        committed: Option<bool>,
        /// What failed afterwards, if anything did.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A migration broke the ledger.
    #[error(
        "migration {id} dropped, renamed, emptied or changed the table {schema}.schema_migrations, in which Schemata keeps what \
         is applied; it was rolled back: take that out of the migration, and leave the table and its schema as they are"
    )]
    LedgerTouched {
        /// Its id.
        id: &'static str,
        /// The schema.
        schema: Ident,
    },
}

/// What became of a transaction that somebody else ended.
fn became(committed: Option<bool>) -> &'static str {
    match committed {
        Some(true) => "is committed",
        Some(false) => "is rolled back",
        None => "may be committed",
    }
}
