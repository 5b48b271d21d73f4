//! Applying one migration: its transaction with its ledger row, and trying again while others are in the way.

pub(crate) mod mark_squashes;
pub(crate) mod retry;
pub(crate) mod single_transaction;
pub(crate) mod transaction;
