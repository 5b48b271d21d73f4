//! The command line of an application: migrations for operators, and the commands for development.
//!
//! ```no_run
//! use schemata::cli::App;
//! # use std::process::ExitCode;
//! fn main() -> ExitCode {
//!     App::new("order-service").main() // migrate, plan, status, check, …
//! }
//! ```
//!
//! An application with commands of its own adds [`Command`] to its `clap` subcommands with `#[command(flatten)]` and
//! passes what it gets to [`App::run`]. Those for development
//! (`generate`, `squash`, `inspect`, `schema`, `db`) need the feature `dev`.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 success, 1 error, 2 something is
//! left to do: migrations are pending (`status`, `plan`), differences were found (`check`), or something was left out
//! or is undecided (`inspect`, `generate`, `squash`). With `--json`, standard output is one JSON document, for errors
//! too.

mod app;
mod check;
mod command;
mod database;
mod dev;
mod history;
mod json;
mod migrate;
mod missing_schema;
mod other_tools;
mod output;
mod plan;
mod policy;
mod progress;
mod run;
mod tenants;
mod timeouts;

pub use app::App;
pub use command::Command;
pub use database::Database;
pub use output::{fail, parse};
