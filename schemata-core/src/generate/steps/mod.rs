//! The steps of a migration as values: what changes, by which call, in which transaction. They are tried on a scratch database
//! (`bench`) and written as Rust (`code`).

pub(crate) mod bench;
mod builder_call;
pub(crate) mod code;
pub(crate) mod frozen;
mod losses;
pub(crate) mod schema_change;
mod statement;
pub(crate) mod step;
pub(crate) mod step_action;
pub(crate) mod transactions;
