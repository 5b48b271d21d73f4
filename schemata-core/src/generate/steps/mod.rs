//! The steps of a migration as values: which change is made by which call, in which transaction. They are tried on a scratch
//! database and written as Rust.

pub(crate) mod action;
mod builder;
pub(crate) mod change;
pub(crate) mod code;
pub(crate) mod frozen;
mod losses;
mod statement;
pub(crate) mod step;
pub(crate) mod transactions;
pub(crate) mod trial;
