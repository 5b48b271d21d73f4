//! `--json`: results as one document for machines. Its keys are public: what they mean stands in `docs/guide/command-line.md`.
//!
//! Every key is always there; one that has nothing to say is null.

mod check;
mod error;
mod measured;
mod migrations;
mod schemas;

pub(super) use check::check;
pub(super) use error::failure;
pub(super) use measured::measured;
pub(super) use migrations::{applied, past, planned, status};
pub(super) use schemas::{many_planned, many_run, many_status};
