//! The program's migrations against the ledger: which are pending, and the state of each. No connection, no clock.

mod pending;
mod status;

pub(crate) use pending::{applied, edits, late_after, missing, pending, target, unfinished, unlinked};
pub(crate) use status::{describe, status};
