//! The command line an application gets in one line: migrations, the models' DDL, the private server.
//!
//! ```no_run
//! use schemata::cli::App;
//! # use std::process::ExitCode;
//! fn main() -> ExitCode {
//!     App::new("order-service").main() // migrate, status, schema, db
//! }
//! ```
//!
//! An application with commands of its own adds [`Command`] to its `clap` subcommands with `#[command(flatten)]` and
//! passes what it gets to [`App::run`].
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 error, 2 migrations are
//! pending (`status`, `migrate --dry-run`), or something was left out or undecided (`inspect`, `generate`). With `--json`,
//! standard output is one JSON document, errors too.

mod app;
mod check;
mod command;
mod database;
mod generate;
mod history;
mod inspect;
mod json;
mod migrate;
mod missing;
mod output;
mod plan;
mod policy;
mod private_server;
mod progress;
mod run;
mod schema;
mod squash;
mod tenants;
mod timeouts;

pub use app::App;
pub use command::{Command, DbCommand, ManySchemas, MigrateCommand, RolloutOptions, SchemaFormat};
pub use database::Database;
pub use output::{fail, parse};
pub use policy::{OutOfOrderArg, RunPolicy};
pub use timeouts::Timeouts;
