//! The program's migrations against the ledger: which are pending, and the state of each. No connection, no clock.

mod ledger_check;
mod pending;
mod status;

pub(crate) use ledger_check::{edits, missing, unlinked};
pub(crate) use pending::{applied, late_after, pending, target, unfinished};
pub(crate) use status::{describe, status};
