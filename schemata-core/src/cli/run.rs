//! Runs each command, and turns its result into the program's exit code.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::app::App;
use crate::cli::command::Command;
use crate::cli::{check, dev, history, json, migrate, output, plan, tenants};

/// A command line of the library's commands alone.
#[derive(Debug, Parser)]
#[command(about = "Migrations and database of this application")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

impl App {
    /// Parses the arguments and runs the command: the whole `main` of an application without commands of its own.
    pub fn main(self) -> ExitCode {
        let line: CommandLine = match output::parse() {
            Ok(line) => line,
            Err(code) => return code,
        };
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.run(line.command)),
            Err(error) => output::fail(&error),
        }
    }

    /// Runs one of the library's commands. Returns the program's exit code.
    pub async fn run(&self, command: Command) -> ExitCode {
        let json = command.is_json();
        let done = match command {
            Command::Migrate { command: Some(command), .. } => history::run(self, command).await,
            Command::Migrate { to, many, rollout, dry_run: false, policy, .. } if many.is_given() => {
                tenants::migrate(self, to, policy, many, rollout, json).await
            }
            Command::Migrate { to, many, rollout, policy, .. } if many.is_given() => {
                tenants::dry_run(self, to, policy, many, rollout, json).await
            }
            Command::Status { many, .. } if many.is_given() => tenants::status(self, many, json).await,
            Command::Provision { name } => tenants::provision(self, name).await,
            Command::Migrate { to, schema, dry_run: false, policy, .. } => {
                migrate::migrate(self, to, schema, policy, json).await
            }
            Command::Migrate { to, schema, dry_run: true, .. } | Command::Plan { to, schema, measure: false, .. } => {
                plan::plan(self, to, schema, json).await
            }
            Command::Plan { to, schema, measure: true, .. } => plan::measure(self, to, schema, json).await,
            Command::Status { schema, .. } => migrate::status(self, schema, json).await,
            Command::Check { schema, .. } => check::check(self, schema, json).await,
            Command::Dev(command) => dev::run(self, command).await,
        };
        done.unwrap_or_else(|error| {
            if json {
                output::document(&json::failure(&*error));
            }
            output::fail(&*error)
        })
    }
}
