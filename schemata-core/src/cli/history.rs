//! `migrate show`, `migrate baseline` and `migrate repair`: reads and corrects the ledger.

use std::process::ExitCode;

use crate::cli::app::App;
use crate::cli::command::MigrateCommand;
use crate::cli::json;
use crate::cli::migrate::{migrator, print_marked};
use crate::cli::output::{self, CommandResult};
use crate::migrate::{HistoryEntry, MigrationTool};

/// Runs a subcommand of `migrate`.
pub(super) async fn run(app: &App, command: MigrateCommand) -> CommandResult {
    match command {
        MigrateCommand::Show { id, schema, json } => show(app, &id, schema, json).await,
        MigrateCommand::Baseline { to, from, schema } => baseline(app, to, from, schema).await,
        MigrateCommand::Repair { id, reason, schema } => repair(app, &id, &reason, schema).await,
    }
}

async fn show(app: &App, id: &str, schema: String, json: bool) -> CommandResult {
    let migrator = migrator(app, None, schema.clone())?;
    let database = app.database().await?;
    let all = migrator.history(database.url(), id).await?;
    if all.is_empty() {
        return Err(format!("the ledger has no migration {id:?}; `status` lists the ones it has").into());
    }
    if json {
        output::document(&json::history(&schema, &all));
    } else {
        all.iter().for_each(print);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(entry: &HistoryEntry) {
    output::line(&format!("-- {} ({}), checksum {}", entry.id, entry.module, entry.checksum));
    let (state, at) = (if entry.finished { "applied" } else { "unfinished, started" }, &entry.at);
    output::line(&format!("-- {state} {at} by {} with {}, in {} ms", entry.by, entry.application, entry.took_ms));
    if let Some(steps) = entry.steps {
        let rows = steps.rows.map_or(String::new(), |rows| format!(", and {rows} rows of the next step"));
        output::line(&format!("-- {} of {} steps done{rows}", steps.done, steps.of));
    }
    if !entry.replaces.is_empty() {
        output::line(&format!("-- replaces {}", entry.replaces.join(", ")));
    }
    for reason in &entry.allowed {
        output::line(&format!("-- allowed: {reason}"));
    }
    for note in entry.note.iter().flat_map(|note| note.lines()) {
        output::line(&format!("-- {note}"));
    }
    for statement in &entry.statements {
        output::line(&format!("{statement};"));
    }
}

async fn baseline(app: &App, to: Option<String>, from: Option<MigrationTool>, schema: String) -> CommandResult {
    let migrator = migrator(app, to, schema)?;
    let database = app.database().await?;
    let report = match from {
        Some(tool) => migrator.baseline_from(database.url(), tool).await?,
        None => migrator.baseline(database.url()).await?,
    };
    if report.is_empty() {
        output::line("Nothing to mark: all of these migrations are applied.");
        return Ok(ExitCode::SUCCESS);
    }
    if !report.applied.is_empty() {
        output::line(&format!("Marked {} migration(s) as applied, without running them:", report.applied.len()));
        output::list(&report.applied);
    }
    print_marked(&report.marked);
    output::note("run `check` to see whether the database is what these migrations would have made it");
    Ok(ExitCode::SUCCESS)
}

async fn repair(app: &App, id: &str, reason: &str, schema: String) -> CommandResult {
    let migrator = migrator(app, None, schema)?;
    let database = app.database().await?;
    migrator.repair(database.url(), id, reason).await?;
    output::line(&format!("Repaired {id}: the ledger now has the checksum of its current form."));
    Ok(ExitCode::SUCCESS)
}
