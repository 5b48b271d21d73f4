//! Migrations that take several transactions: run step by step, with the ledger recording how far each has come. The steps
//! that cannot share a transaction: indexes built while their table is in use, and backfills.

#[cfg(feature = "dev")]
mod alone;
mod backfill_batch;
mod backfill_key;
mod concurrent_index;
mod empty_table;
mod resume;
mod same_index;
pub(crate) mod stepwise_run;

#[cfg(feature = "dev")]
pub(crate) use alone::alone;
