//! `migrate` and `status`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use crate::cli::app::App;
use crate::cli::json;
use crate::cli::output::{self, PENDING};
use crate::cli::policy::RunPolicy;
use crate::cli::progress;
use crate::ident::Ident;
use crate::migrate::{MigrationEntry, MigrationSet, MigrationState, MigrationStatus, Migrator};

type Done = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

pub(super) fn migrator(
    app: &App,
    to: Option<String>,
    schema: String,
) -> Result<Migrator, Box<dyn std::error::Error + Send + Sync>> {
    let migrator = Migrator::new(MigrationSet::linked()?).schema(Ident::new(schema)?).application(app.label());
    Ok(match to {
        Some(id) => migrator.to(id),
        None => migrator,
    })
}

pub(super) async fn migrate(app: &App, to: Option<String>, schema: String, policy: RunPolicy, json: bool) -> Done {
    let migrator = policy.set(migrator(app, to, schema.clone())?);
    let database = app.database().await?;
    let (migrator, progress) = progress::watch(migrator);
    let report = progress.during(migrator.run(database.url())).await?;
    if json {
        output::document(&json::applied(&schema, &report));
        note_unlinked();
    } else if report.applied.is_empty() {
        up_to_date();
    } else {
        output::line(&format!("Applied {} migration(s):", report.applied.len()));
        for id in &report.applied {
            output::line(&format!("- {id}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn up_to_date() {
    output::line("No pending migrations. Database is up to date.");
    note_unlinked();
}

/// A program without a single migration is up to date too, and most likely not what was meant.
pub(super) fn note_unlinked() {
    if inventory::iter::<MigrationEntry>().next().is_none() {
        output::note(
            "note: no migration is linked into this program; the module or crate that holds them has to be named in its \
             code, for example `mod migrations;` or `use order_migrations as _;`",
        );
    }
}

pub(super) async fn status(app: &App, schema: String, json: bool) -> Done {
    let migrator = migrator(app, None, schema.clone())?;
    let database = app.database().await?;
    let all = migrator.status(database.url()).await?;
    if json {
        output::document(&json::status(&schema, &all));
    } else {
        print_status(&all);
    }
    let settled = all.iter().all(|migration| matches!(migration.state, MigrationState::Applied { .. }));
    Ok(if settled { ExitCode::SUCCESS } else { ExitCode::from(PENDING) })
}

fn print_status(all: &[MigrationStatus]) {
    if all.is_empty() {
        output::line("No migrations.");
    }
    let modules = all.iter().map(|migration| migration.module.as_str()).collect::<BTreeSet<_>>().len();
    let unfinished = |migration: &MigrationStatus| matches!(migration.state, MigrationState::Unfinished { .. });
    let width = if all.iter().any(unfinished) { "unfinished".len() } else { "unlinked".len() };
    for migration in all {
        let (state, detail) = match &migration.state {
            MigrationState::Applied { at } => ("applied", at.clone()),
            MigrationState::Pending => ("pending", String::new()),
            MigrationState::Unfinished { done, of } => {
                ("unfinished", format!("{done} of {of} steps; the next run carries on"))
            }
            MigrationState::Late { after } => ("late", format!("pending, though {after} is applied")),
            MigrationState::Edited { stored, current } => ("edited", format!("applied as {stored}, now {current}")),
            MigrationState::Unlinked => ("unlinked", format!("applied by module {}", migration.module)),
        };
        let module = if modules > 1 { format!("{}:", migration.module) } else { String::new() };
        output::line(format!("{state:<width$}  {module}{}  {detail}", migration.id).trim_end());
    }
}
