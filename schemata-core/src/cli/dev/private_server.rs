//! `db url`, `db psql`, `db stop` and `db reset`: manages the private server.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use crate::cli::app::App;
use crate::cli::database::{given_url, private_server};
use crate::cli::output::{self, BoxError, CommandResult};
use crate::embedded::PrivateServer;

/// Refuses to run with `DATABASE_URL`, since these commands would then touch another database than `migrate` does.
fn refuse_given_url() -> Result<(), BoxError> {
    match given_url()? {
        None => Ok(()),
        Some(_) => Err("DATABASE_URL is set, but `db` manages the private server: unset DATABASE_URL first".into()),
    }
}

pub(super) async fn url(app: &App) -> CommandResult {
    refuse_given_url()?;
    output::line(&private_server(app.name).await?.url(app.name));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn psql(app: &App) -> CommandResult {
    refuse_given_url()?;
    let server = private_server(app.name).await?;
    let own = server.binaries().join("psql");
    let program = if own.is_file() { own } else { "psql".into() };
    let status = std::process::Command::new(&program).arg(server.url(app.name)).status().map_err(|error| {
        format!("cannot start psql ({error}); install PostgreSQL's client, or connect to: {}", server.url(app.name))
    })?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) async fn stop(app: &App) -> CommandResult {
    refuse_given_url()?;
    let name = app.name;
    let stopped = tokio::task::spawn_blocking(move || PrivateServer::stop(name)).await??;
    output::line(if stopped { "Stopped the private server." } else { "The private server was not running." });
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn reset(app: &App, yes: bool) -> CommandResult {
    refuse_given_url()?;
    if !yes && !confirmed(app.name)? {
        return Err("nothing was deleted; to delete the private database without being asked, add --yes".into());
    }
    let name = app.name;
    let existed = tokio::task::spawn_blocking(move || PrivateServer::reset(name)).await??;
    output::line(if existed { "Deleted the private server and its data." } else { "There was nothing to delete." });
    Ok(ExitCode::SUCCESS)
}

fn confirmed(name: &str) -> io::Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    output::note(&format!("This deletes the private server of {name} with all its data. Type `yes` to continue:"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
