//! `migrate` and `status` of one schema.

use std::collections::BTreeSet;
use std::process::ExitCode;

use crate::cli::app::App;
use crate::cli::json;
use crate::cli::missing_schema::{self, NOT_YET};
use crate::cli::other_tools;
use crate::cli::output::{self, BoxError, CommandResult};
use crate::cli::policy::RunPolicy;
use crate::cli::progress;
use crate::ident::Ident;
use crate::migrate::{MigrationEntry, MigrationSet, MigrationState, MigrationStatus, Migrator};

pub(super) fn migrator(app: &App, to: Option<String>, schema: String) -> Result<Migrator, BoxError> {
    let migrator = Migrator::new(MigrationSet::linked()?)
        .schema(Ident::new(schema)?)
        .application(app.label())
        .unmanaged(&app.unmanaged);
    Ok(match to {
        Some(id) => migrator.to(id),
        None => migrator,
    })
}

pub(super) async fn migrate(
    app: &App,
    to: Option<String>,
    schema: String,
    policy: RunPolicy,
    json: bool,
) -> CommandResult {
    let migrator = policy.apply_to(migrator(app, to, schema.clone())?);
    let database = app.database().await?;
    missing_schema::note(database.url(), &schema, "is created").await?;
    let (migrator, progress) = progress::observe(migrator);
    let report = progress.during(migrator.run(database.url())).await?;
    if json {
        output::document(&json::applied(&schema, &report));
        note_unlinked();
        return Ok(ExitCode::SUCCESS);
    }
    if report.is_empty() {
        up_to_date();
    }
    if !report.applied.is_empty() {
        output::line(&format!("Applied {} migration(s):", report.applied.len()));
        output::list(&report.applied);
    }
    print_marked(&report.marked);
    Ok(ExitCode::SUCCESS)
}

/// Prints the squashes that were marked as applied.
pub(super) fn print_marked(marked: &[String]) {
    if !marked.is_empty() {
        output::line("Marked as applied, because all the migrations they replace are:");
        output::list(marked);
    }
}

pub(super) fn up_to_date() {
    output::line("No pending migrations. Database is up to date.");
    note_unlinked();
}

/// Prints a note if no migration is linked: such a program is always up to date, which is rarely intended.
pub(super) fn note_unlinked() {
    if inventory::iter::<MigrationEntry>().next().is_none() {
        output::note(
            "note: no migration is linked into this program; its code has to name the module or crate that holds them, for \
             example `mod migrations;` or `use order_migrations as _;`",
        );
    }
}

pub(super) async fn status(app: &App, schema: String, json: bool) -> CommandResult {
    let migrator = migrator(app, None, schema.clone())?;
    let database = app.database().await?;
    missing_schema::note(database.url(), &schema, NOT_YET).await?;
    let all = migrator.status(database.url()).await?;
    other_tools::note(&migrator, database.url(), &all).await?;
    if json {
        output::document(&json::status(&schema, &all));
    } else {
        print_status(&all);
    }
    let settled = all.iter().all(|migration| migration.state.is_settled());
    Ok(output::exit_code(settled))
}

fn print_status(all: &[MigrationStatus]) {
    if all.is_empty() {
        output::line("No migrations.");
        note_unlinked();
    }
    let modules = all.iter().map(|migration| migration.module.as_str()).collect::<BTreeSet<_>>().len();
    let mut lines = Vec::new();
    for group in
        all.chunk_by(|one, next| one.module == next.module && is_replaced(&one.state) && one.state == next.state)
    {
        let [first, ..] = group else { continue };
        let module = if modules > 1 { format!("{}:", first.module) } else { String::new() };
        let id = match group {
            [first, .., last] => format!("{} to {} ({})", first.id, last.id, group.len()),
            _ => first.id.clone(),
        };
        let (state, detail) = state(first);
        lines.push((state, format!("{module}{id}"), detail));
    }
    let width = lines.iter().map(|(state, ..)| state.len()).max().unwrap_or(0).max("unlinked".len());
    for (state, id, detail) in lines {
        output::line(format!("{state:<width$}  {id}  {detail}").trim_end());
    }
}

fn is_replaced(state: &MigrationState) -> bool {
    matches!(state, MigrationState::Replaced { .. })
}

fn state(migration: &MigrationStatus) -> (&'static str, String) {
    match &migration.state {
        MigrationState::Applied { at } => ("applied", at.clone()),
        MigrationState::Pending => ("pending", String::new()),
        MigrationState::Unfinished { done, of } => {
            ("unfinished", format!("{done} of {of} steps; the next run continues"))
        }
        MigrationState::Late { after } => ("late", format!("pending, although {after} is applied")),
        MigrationState::Edited { stored, current } => ("edited", format!("applied as {stored}, now {current}")),
        MigrationState::Replaced { by } => ("replaced", format!("by {by}")),
        MigrationState::Replacing { left: 0 } => {
            ("applied", "like everything it replaces; the next `migrate` records it".to_owned())
        }
        MigrationState::Replacing { left } => ("waiting", format!("for {left} of the migrations that it replaces")),
        MigrationState::Stuck { why } => ("stuck", why.clone()),
        MigrationState::Unlinked => ("unlinked", format!("applied by module {}", migration.module)),
    }
}
