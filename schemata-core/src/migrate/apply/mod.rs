//! Applying one migration: its transaction with its ledger row, and trying again while others are in the way.

pub(crate) mod retry;
pub(crate) mod single_transaction;
pub(crate) mod squash_rows;
pub(crate) mod transaction;
