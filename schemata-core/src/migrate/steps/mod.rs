//! Steps that cannot share a transaction with others, and running a migration that has some: step by step, with the ledger
//! saying how far it has come.

#[cfg(feature = "cli")]
mod alone;
mod backfill_batch;
mod backfill_key;
mod concurrent_index;
mod index_at_once;
mod resume;
pub(crate) mod run;
mod same_index;

#[cfg(feature = "cli")]
pub(crate) use alone::alone;
