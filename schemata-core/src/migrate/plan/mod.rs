//! The program's migrations against the ledger: which are pending, and the status of each. Pure: no connection, no clock.

mod pending;
pub(crate) mod status;

pub(crate) use pending::*;
