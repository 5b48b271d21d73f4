//! `migrate` and `status` of many schemas, and `provision`.

use std::error::Error;
use std::fmt;
use std::future;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::future::{Either, select};
use tokio::sync::Notify;

use crate::cli::app::App;
use crate::cli::command::{ManySchemas, RolloutOptions};
use crate::cli::json;
use crate::cli::migrate::{migrator, note_unlinked, print_marked};
use crate::cli::output::{self, BoxError, CommandResult, EXIT_PENDING};
use crate::cli::plan::print_planned;
use crate::cli::policy::RunPolicy;
use crate::cli::progress;
use crate::ident::Ident;
use crate::migrate::{MigrateError, PlannedMigration};
use crate::tenants::{
    Outcome, Rollout, RolloutReport, Stop, TenantGroup, TenantState, Tenants, TenantsError, TenantsStatus,
};

pub(super) async fn migrate(
    app: &App,
    to: Option<String>,
    policy: RunPolicy,
    many: ManySchemas,
    options: RolloutOptions,
    json: bool,
) -> CommandResult {
    let rollout = rollout(app, to, policy, options)?;
    let database = app.database().await?;
    let tenants = tenants(database.url(), &many).await?;
    let (rollout, progress) = progress::observe_rollout(rollout);
    let report = progress.during(interruptible(&rollout, database.url(), &tenants)).await?;
    if json {
        output::document(&json::many_run(&report));
    } else {
        print_report(&report);
    }
    print_failures(&report);
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the rollout. The first Ctrl-C lets running schemas finish and starts no other; the second one stops immediately, and
/// the server rolls back the unfinished work.
async fn interruptible(rollout: &Rollout, url: &str, tenants: &Tenants) -> Result<RolloutReport, BoxError> {
    let asked = Notify::new();
    let work = rollout.run_until(url, tenants, asked.notified());
    let interrupts = async {
        interrupt().await;
        progress::clear();
        output::note("stopping after the schemas that are being migrated; press Ctrl-C again to stop immediately");
        asked.notify_one();
        interrupt().await;
    };
    match select(pin!(work), pin!(interrupts)).await {
        Either::Left((report, _)) => Ok(report?),
        Either::Right(((), _)) => {
            Err("interrupted; the server rolls back unfinished work, and the next run continues".into())
        }
    }
}

async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler, the system's default ends the program.
        future::pending::<()>().await;
    }
}

pub(super) async fn dry_run(
    app: &App,
    to: Option<String>,
    policy: RunPolicy,
    many: ManySchemas,
    options: RolloutOptions,
    json: bool,
) -> CommandResult {
    let rollout = rollout(app, to, policy, options)?;
    let database = app.database().await?;
    let tenants = tenants(database.url(), &many).await?;
    let status = rollout.status(database.url(), &tenants).await?;
    let planned = rollout.plan(database.url(), &tenants).await?;
    if json {
        output::document(&json::many_planned(&status, &planned));
    } else {
        print_all_planned(&planned);
    }
    if planned.is_empty() {
        note_unlinked();
    }
    Ok(match (print_refusals(&status), planned.is_empty()) {
        (true, _) => ExitCode::FAILURE,
        (false, false) => ExitCode::from(EXIT_PENDING),
        (false, true) => ExitCode::SUCCESS,
    })
}

fn print_all_planned(planned: &[TenantGroup<Vec<PlannedMigration>>]) {
    for group in planned {
        let shown =
            if group.schemas.len() > 1 { format!(", shown for {}", group.schemas[0].as_str()) } else { String::new() };
        output::line(&format!("-- In {}{shown}:", group.label()));
        group.common.iter().for_each(print_planned);
    }
    if planned.is_empty() {
        output::line("Nothing is pending.");
    }
}

/// Prints the schemas that could not be migrated, and returns whether there are any.
fn print_refusals(status: &TenantsStatus) -> bool {
    let mut refused = false;
    for group in &status.groups {
        match &group.common {
            TenantState::Refused { error } => print_failure(group, error),
            TenantState::Unreadable => {
                output::note(&format!("error: {}: the role may not read the ledger", group.label()));
            }
            TenantState::Missing => {
                output::note(&format!("error: {}: no such schema; `provision NAME` creates one", group.label()));
            }
            TenantState::UpToDate { .. } | TenantState::Behind { .. } => continue,
        }
        refused = true;
    }
    refused
}

pub(super) async fn status(app: &App, many: ManySchemas, json: bool) -> CommandResult {
    let rollout = rollout(app, None, RunPolicy::default(), RolloutOptions::default())?;
    let database = app.database().await?;
    let tenants = tenants(database.url(), &many).await?;
    let status = rollout.status(database.url(), &tenants).await?;
    if json {
        output::document(&json::many_status(&status));
    } else {
        print_status(&status);
    }
    Ok(output::exit_code(status.is_up_to_date()))
}

pub(super) async fn provision(app: &App, name: String) -> CommandResult {
    let migrator = migrator(app, None, name.clone())?;
    let database = app.database().await?;
    let (migrator, progress) = progress::observe(migrator);
    let report = progress.during(migrator.provision(database.url())).await?;
    if report.applied.is_empty() {
        output::line(&format!("Schema {name} already has all migrations."));
    } else {
        output::line(&format!("Applied {} migration(s) to {name}:", report.applied.len()));
        output::list(&report.applied);
    }
    print_marked(&report.marked);
    Ok(ExitCode::SUCCESS)
}

fn rollout(app: &App, to: Option<String>, policy: RunPolicy, options: RolloutOptions) -> Result<Rollout, BoxError> {
    let migrator = policy.apply_to(migrator(app, to, Ident::public().as_str().to_owned())?);
    let mut rollout = Rollout::new(migrator).max_failures(options.max_failures);
    if let Some(jobs) = options.jobs {
        rollout = rollout.jobs(jobs.get());
    }
    if let Some(canary) = options.canary {
        rollout = rollout.canary(Ident::new(canary)?);
    }
    Ok(rollout)
}

async fn tenants(url: &str, many: &ManySchemas) -> Result<Tenants, TenantsError> {
    match many {
        ManySchemas { all_schemas: Some(pattern), .. } => Tenants::matching(url, pattern).await,
        ManySchemas { schemas_from: Some(query), .. } => Tenants::query(url, query).await,
        ManySchemas { all_schemas: None, schemas_from: None } => Ok(Tenants::default()),
    }
}

fn print_report(report: &RolloutReport) {
    output::line(&format!("{} schema(s):", report.schemas.len()));
    let groups = report.groups();
    for group in &groups {
        let what = match &group.common {
            Outcome::Applied { migrations, marked } => {
                let lists = [("applied", migrations), ("marked as applied", marked)];
                let parts = lists.iter().filter(|(_, ids)| !ids.is_empty());
                parts.map(|(what, ids)| format!("{what} {}", ids.join(", "))).collect::<Vec<_>>().join("; ")
            }
            Outcome::UpToDate => "up to date".to_owned(),
            Outcome::Gone => "no such schema".to_owned(),
            Outcome::Failed { .. } => "failed".to_owned(),
            Outcome::NotStarted => "not started".to_owned(),
        };
        output::line(&format!("- {}: {what}", group.label()));
    }
}

fn print_failures(report: &RolloutReport) {
    note_unlinked();
    for group in &report.groups() {
        if let Outcome::Failed { error } = &group.common {
            print_failure(group, error);
        }
    }
    if let Some(stop) = report.stopped {
        output::note(&format!("stopped early: {}", reason(stop)));
    }
}

fn reason(stop: Stop) -> String {
    match stop {
        Stop::Canary => "the canary was not migrated".to_owned(),
        Stop::Failures { allowed } => format!("more than {allowed} schema(s) failed (--max-failures)"),
        Stop::Asked => "interrupted; the next run continues".to_owned(),
        Stop::Unreachable => "the server became unreachable".to_owned(),
    }
}

/// Prints the error of a group, which is that of its first schema.
fn print_failure<T>(group: &TenantGroup<T>, error: &Arc<MigrateError>) {
    output::fail(&Failure { schemas: group.label().to_string(), error: Arc::clone(error) });
}

/// The error of a group, with its schemas.
#[derive(Debug)]
struct Failure {
    schemas: String,
    error: Arc<MigrateError>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.schemas, self.error)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

fn print_status(status: &TenantsStatus) {
    let lines: Vec<(&str, String, String)> = status
        .groups
        .iter()
        .map(|group| {
            let (state, detail) = describe_state(&group.common);
            (state, group.label().to_string(), detail)
        })
        .collect();
    let state_width = lines.iter().map(|(state, ..)| state.len()).max().unwrap_or(0);
    let label_width = lines.iter().map(|(_, label, _)| label.chars().count()).max().unwrap_or(0);
    for (state, label, detail) in &lines {
        output::line(format!("{state:<state_width$}  {label:<label_width$}  {detail}").trim_end());
    }
}

fn describe_state(state: &TenantState) -> (&'static str, String) {
    match state {
        TenantState::UpToDate { last, unmarked } => {
            let last = last.iter().map(|last| format!("at {last}"));
            let notes = (!unmarked.is_empty()).then(|| format!("the next run records {}", unmarked.join(", ")));
            ("up to date", last.chain(notes).collect::<Vec<_>>().join("; "))
        }
        TenantState::Behind { last, pending } => {
            let after = last.as_ref().map_or("nothing applied".to_owned(), |last| format!("at {last}"));
            ("behind", format!("{after}; pending: {}", pending.join(", ")))
        }
        TenantState::Refused { error } => ("refused", error.to_string()),
        TenantState::Unreadable => ("unreadable", "the role may not read the ledger".to_owned()),
        TenantState::Missing => ("missing", "no such schema".to_owned()),
    }
}
