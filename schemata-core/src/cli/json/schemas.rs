//! The documents of many schemas: schemas in the same state, or with the same outcome, form a group.

use std::error::Error;

use serde::Serialize;
use serde_json::Value;

use crate::cli::json::document::document;
use crate::cli::json::error::{ErrorEntry, entry};
use crate::cli::json::migrations::{PlanEntry, plan_entries};
use crate::ident::Ident;
use crate::migrate::{MigrateError, PlannedMigration};
use crate::tenants::{Outcome, RolloutReport, Stop, TenantGroup, TenantState, TenantsStatus};

const NONE: &[String] = &[];

#[derive(Serialize)]
struct Rollout<'a> {
    complete: bool,
    stopped: Option<&'static str>,
    groups: Vec<OutcomeGroup<'a>>,
}

#[derive(Serialize)]
struct OutcomeGroup<'a> {
    schemas: Vec<&'a str>,
    outcome: &'static str,
    applied: &'a [String],
    marked: &'a [String],
    error: Option<ErrorEntry<'a>>,
}

/// Returns the document of `migrate` over many schemas.
pub(in crate::cli) fn many_run(report: &RolloutReport) -> Value {
    let stopped = report.stopped.map(|stop| match stop {
        Stop::Canary => "canary",
        Stop::Failures { .. } => "failures",
        Stop::Asked => "asked",
        Stop::Unreachable => "unreachable",
    });
    let groups = report.groups();
    document(Rollout { complete: report.is_complete(), stopped, groups: groups.iter().map(outcome).collect() })
}

fn outcome(group: &TenantGroup<Outcome>) -> OutcomeGroup<'_> {
    let (outcome, applied, marked, error) = match &group.common {
        Outcome::Applied { migrations, marked } => ("applied", migrations.as_slice(), marked.as_slice(), None),
        Outcome::UpToDate => ("up_to_date", NONE, NONE, None),
        Outcome::Gone => ("gone", NONE, NONE, None),
        Outcome::Failed { error } => ("failed", NONE, NONE, Some(refusal(error))),
        Outcome::NotStarted => ("not_begun", NONE, NONE, None),
    };
    OutcomeGroup { schemas: names(&group.schemas), outcome, applied, marked, error }
}

#[derive(Serialize)]
struct Status<G> {
    up_to_date: bool,
    groups: Vec<G>,
}

#[derive(Serialize)]
struct StateGroup<'a> {
    schemas: Vec<&'a str>,
    state: &'static str,
    last_applied: Option<&'a str>,
    pending: &'a [String],
    to_mark: &'a [String],
    error: Option<ErrorEntry<'a>>,
}

/// Returns the document of `status` over many schemas.
pub(in crate::cli) fn many_status(status: &TenantsStatus) -> Value {
    document(Status { up_to_date: status.is_up_to_date(), groups: status.groups.iter().map(state_group).collect() })
}

#[derive(Serialize)]
struct PlanGroup<'a> {
    #[serde(flatten)]
    state: StateGroup<'a>,
    migrations: Vec<PlanEntry<'a>>,
}

/// Returns the document of a dry run over many schemas: that of `status`, with the pending migrations of the first schema of
/// each group.
pub(in crate::cli) fn many_planned(status: &TenantsStatus, planned: &[TenantGroup<Vec<PlannedMigration>>]) -> Value {
    let groups = status.groups.iter().map(|group| {
        let of_group = planned.iter().find(|planned| planned.schemas.first() == group.schemas.first());
        let migrations = of_group.map_or_else(Vec::new, |planned| plan_entries(&planned.common));
        PlanGroup { state: state_group(group), migrations }
    });
    document(Status { up_to_date: status.is_up_to_date(), groups: groups.collect() })
}

fn state_group(group: &TenantGroup<TenantState>) -> StateGroup<'_> {
    let (state, last, pending, to_mark, error) = match &group.common {
        TenantState::UpToDate { last, unmarked } => ("up_to_date", last.as_deref(), NONE, unmarked.as_slice(), None),
        TenantState::Behind { last, pending } => ("behind", last.as_deref(), pending.as_slice(), NONE, None),
        TenantState::Refused { error } => ("refused", None, NONE, NONE, Some(refusal(error))),
        TenantState::Unreadable => ("unreadable", None, NONE, NONE, None),
        TenantState::Missing => ("missing", None, NONE, NONE, None),
    };
    StateGroup { schemas: names(&group.schemas), state, last_applied: last, pending, to_mark, error }
}

/// Returns the error of a group, which is that of its first schema.
fn refusal(error: &MigrateError) -> ErrorEntry<'_> {
    let error: &(dyn Error + 'static) = error;
    entry(error)
}

fn names(schemas: &[Ident]) -> Vec<&str> {
    schemas.iter().map(Ident::as_str).collect()
}
