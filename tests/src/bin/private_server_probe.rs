//! A process that uses a private server, for tests that need several processes or kill one.
//!
//! `probe persistent|ephemeral|running|stop|reset|database|test-database [name]` prints the facts about its server, one per
//! line, and then waits until its stdin ends. After an error it exits with 1, like an application.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use schemata::embedded::PrivateServer;
use schemata::testing::TestDatabase;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(args.first().map_or("", String::as_str), args.get(1).map_or("probe-app", String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  cause: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(what: &str, name: &str) -> Outcome {
    match what {
        "persistent" => hold(&PrivateServer::persistent(name)?),
        "ephemeral" => hold(&PrivateServer::ephemeral()?),
        "running" => match PrivateServer::running(name)? {
            Some(server) => hold(&server),
            None => say("none"),
        },
        "stop" => say(&PrivateServer::stop(name)?.to_string()),
        "reset" => say(&PrivateServer::reset(name)?.to_string()),
        "database" => {
            let server = PrivateServer::persistent("probe-app")?;
            say(&runtime()?.block_on(server.ensure_database(name))?.to_string())?;
            hold(&server)
        }
        "test-database" => runtime()?.block_on(async {
            let database = TestDatabase::create().await?;
            say(database.url())?;
            wait_for_end()?;
            assert!(name != "fail", "failing, as told");
            Ok(())
        }),
        other => Err(format!("unknown {other:?}").into()),
    }
}

/// Prints the server's facts and keeps the lease until stdin ends.
fn hold(server: &PrivateServer) -> Outcome {
    say(&server.url("postgres"))?;
    say(&server.tcp_url("postgres").unwrap_or_else(|| "no tcp".to_owned()))?;
    say(&server.data_directory().display().to_string())?;
    say(&server.describe("postgres"))?;
    wait_for_end()
}

fn wait_for_end() -> Outcome {
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn say(line: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
