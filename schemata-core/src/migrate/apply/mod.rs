//! Applying one migration: its transaction, its ledger row in it, and doing it again while others are in the way.

pub(crate) mod mark;
pub(crate) mod retry;
pub(crate) mod transaction;
pub(crate) mod whole;
