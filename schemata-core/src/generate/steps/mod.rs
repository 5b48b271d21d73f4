//! The steps of a migration as values: which change is made by which call, in which transaction. They are tried on a scratch
//! database and written as Rust.

mod builder_call;
pub(crate) mod code;
pub(crate) mod frozen;
mod losses;
pub(crate) mod schema_change;
mod statement;
pub(crate) mod step;
pub(crate) mod step_action;
pub(crate) mod transactions;
pub(crate) mod trial;
