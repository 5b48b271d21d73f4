//! The ledger, the table `schemata_migrations` in the migrated schema: which migrations ran, with their checksums and their
//! statements, and how far an unfinished one has come.

mod history;
mod identity;
pub(crate) mod many_schemas;
mod read;
mod shape;
mod write;

pub(crate) use history::history;
pub use history::{HistoryEntry, StepProgress};
pub(crate) use identity::LedgerIdentity;
pub(crate) use read::{Applied, Checkpoint, Unfinished, list, listed, read};
pub(crate) use shape::{LedgerVersion, create, upgrade};
pub(crate) use write::{LedgerRow, Progress, advance, insert, refresh, repair};
