//! Steps of a migration as values: what changes, by which call, in which transaction; tried on a scratch database, and
//! written as Rust.

pub(crate) mod action;
pub(crate) mod bench;
mod builder;
pub(crate) mod change;
pub(crate) mod code;
pub(crate) mod frozen;
mod losses;
mod statement;
pub(crate) mod step;
pub(crate) mod transactions;
