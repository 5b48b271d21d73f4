//! Steps that cannot share a transaction with others: indexes built while their table is in use, new enum values, backfills;
//! and running a migration that has some, step by step, with the ledger saying how far it is.

#[cfg(feature = "dev")]
mod alone;
mod at_once;
mod backfill;
mod batch;
mod concurrent;
mod enum_value;
pub(crate) mod error;
mod index;
mod key;
mod resume;
pub(crate) mod run;
mod same_index;

#[cfg(feature = "dev")]
pub(crate) use alone::alone;
pub use backfill::Backfill;
pub use enum_value::AddEnumValue;
pub use error::StepsError;
pub use index::{CreateIndex, DropIndex};
