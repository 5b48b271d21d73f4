//! Running the commands.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::app::App;
use crate::cli::command::{Command, DbCommand};
use crate::cli::{
    check, generate, history, inspect, json, migrate, output, plan, private_server, schema, squash, tenants,
};

/// The commands alone.
#[derive(Debug, Parser)]
#[command(about = "Migrations and database of this application")]
struct Only {
    #[command(subcommand)]
    command: Command,
}

impl App {
    /// The whole `main` of an application that has no commands of its own.
    pub fn main(self) -> ExitCode {
        let only: Only = match output::parse() {
            Ok(only) => only,
            Err(code) => return code,
        };
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.run(only.command)),
            Err(error) => output::fail(&error),
        }
    }

    /// Runs one of the library's commands, and says how the program should exit.
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
            Command::Generate { name, schema, dir } => generate::generate(self, &name, schema, dir).await,
            Command::Squash { name, through, schema, dir } => squash::squash(self, &name, through, schema, dir).await,
            Command::Inspect { schema, dir } => inspect::inspect(self, schema, dir).await,
            Command::Schema { schema, format } => schema::print(self, schema, format),
            Command::Db { command: DbCommand::Url } => private_server::url(self).await,
            Command::Db { command: DbCommand::Psql } => private_server::psql(self).await,
            Command::Db { command: DbCommand::Stop } => private_server::stop(self).await,
            Command::Db { command: DbCommand::Reset { yes } } => private_server::reset(self, yes).await,
        };
        done.unwrap_or_else(|error| {
            if json {
                output::document(&json::failure(&*error));
            }
            output::fail(&*error)
        })
    }
}
