//! `--json`: results as one document for machines. The documents are public: `docs/guide/command-line.md` explains their
//! keys, and `docs/json` holds a JSON Schema of each.
//!
//! Every key is always present; it is null if it has no value.

mod check;
mod document;
mod error;
mod measured;
mod migrations;
mod schemas;

pub(super) use check::check;
pub(super) use error::failure;
pub(super) use measured::measured;
pub(super) use migrations::{applied, history, planned, status};
pub(super) use schemas::{many_planned, many_run, many_status};
