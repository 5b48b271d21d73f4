//! The commands for development: writing migrations and models, printing the models, the private server.
//!
//! Without the feature `dev`, only their names and arguments are here: running one fails with a message that names the
//! feature.

#[cfg(feature = "dev")]
mod adopt;
pub(super) mod command;
#[cfg(feature = "dev")]
mod generate;
#[cfg(feature = "dev")]
mod inspect;
#[cfg(feature = "dev")]
mod private_server;
#[cfg(feature = "dev")]
mod schema;
#[cfg(feature = "dev")]
mod squash;

use crate::cli::app::App;
#[cfg(feature = "dev")]
use crate::cli::dev::command::DbCommand;
use crate::cli::dev::command::DevCommand;
use crate::cli::output::CommandResult;

/// Runs a command for development.
#[cfg(feature = "dev")]
pub(super) async fn run(app: &App, command: DevCommand) -> CommandResult {
    match command {
        DevCommand::Generate { name, schema, dir } => generate::generate(app, &name, schema, dir).await,
        DevCommand::Squash { name, through, schema, dir } => squash::squash(app, &name, through, schema, dir).await,
        DevCommand::Adopt { schema, keyless, models, dir } => adopt::adopt(app, schema, keyless, models, dir).await,
        DevCommand::Inspect { schema, keyless, dir, overwrite } => {
            inspect::inspect(app, schema, keyless, dir, overwrite).await
        }
        DevCommand::Schema { schema, format } => schema::print(app, schema, format),
        DevCommand::Db { command: DbCommand::Url } => private_server::url(app).await,
        DevCommand::Db { command: DbCommand::Psql } => private_server::psql(app).await,
        DevCommand::Db { command: DbCommand::Stop } => private_server::stop(app).await,
        DevCommand::Db { command: DbCommand::Reset { yes } } => private_server::reset(app, yes).await,
    }
}

/// Refuses a command for development.
#[cfg(not(feature = "dev"))]
#[expect(clippy::unused_async, reason = "the same signature as with the feature")]
pub(super) async fn run(_app: &App, command: DevCommand) -> CommandResult {
    let name = match command {
        DevCommand::Generate { .. } => "generate",
        DevCommand::Squash { .. } => "squash",
        DevCommand::Adopt { .. } => "adopt",
        DevCommand::Inspect { .. } => "inspect",
        DevCommand::Schema { .. } => "schema",
        DevCommand::Db { .. } => "db",
    };
    Err(format!(
        "`{name}` is a command for development, and this program was built without it; enable the feature `dev` of \
         schemata-core in a development build"
    )
    .into())
}
