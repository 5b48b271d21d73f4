//! Many schemas: those that stand alike, or fared alike, together.

use std::error::Error;

use serde_json::{Value, json};

use crate::cli::json::error;
use crate::cli::json::migrations::all_planned;
use crate::ident::Ident;
use crate::migrate::MigrateError;
use crate::tenants::{Outcome, PlannedGroup, RolloutReport, Stop, TenantGroup, TenantState, TenantsStatus};

/// The document of `migrate` over many schemas.
pub(in crate::cli) fn many_run(report: &RolloutReport) -> Value {
    let group = |group: &TenantGroup<Outcome>| {
        const NONE: &[String] = &[];
        let (outcome, applied, marked, error) = match &group.common {
            Outcome::Applied { migrations, marked } => ("applied", migrations.as_slice(), marked.as_slice(), None),
            Outcome::UpToDate => ("up_to_date", NONE, NONE, None),
            Outcome::Gone => ("gone", NONE, NONE, None),
            Outcome::Failed { error } => ("failed", NONE, NONE, Some(refusal(error))),
            Outcome::NotStarted => ("not_begun", NONE, NONE, None),
        };
        json!({
            "schemas": names(&group.schemas),
            "outcome": outcome,
            "applied": applied,
            "marked": marked,
            "error": error,
        })
    };
    let stopped = report.stopped.map(|stop| match stop {
        Stop::Canary => "canary",
        Stop::Failures { .. } => "failures",
        Stop::Asked => "asked",
        Stop::Unreachable => "unreachable",
    });
    json!({
        "complete": report.is_complete(),
        "stopped": stopped,
        "groups": report.groups().iter().map(group).collect::<Vec<_>>(),
    })
}

/// The document of `status` over many schemas.
pub(in crate::cli) fn many_status(status: &TenantsStatus) -> Value {
    let groups: Vec<Value> = status.groups.iter().map(|group| Value::Object(standing(group))).collect();
    json!({ "up_to_date": status.is_up_to_date(), "groups": groups })
}

/// The document of a dry run over many schemas: as that of `status`, with what is pending in the first schema of each group.
pub(in crate::cli) fn many_planned(status: &TenantsStatus, planned: &[PlannedGroup]) -> Value {
    let groups = status.groups.iter().map(|group| {
        let of_group = planned.iter().find(|planned| planned.schemas.first() == group.schemas.first());
        let migrations = of_group.map_or_else(Vec::new, |planned| all_planned(&planned.common));
        let mut members = standing(group);
        members.insert("migrations".to_owned(), migrations.into());
        Value::Object(members)
    });
    json!({ "up_to_date": status.is_up_to_date(), "groups": groups.collect::<Vec<_>>() })
}

fn standing(group: &TenantGroup<TenantState>) -> serde_json::Map<String, Value> {
    const NONE: &[String] = &[];
    let (state, last, pending, to_mark, error) = match &group.common {
        TenantState::UpToDate { last, unmarked } => ("up_to_date", last.as_ref(), NONE, unmarked.as_slice(), None),
        TenantState::Behind { last, pending } => ("behind", last.as_ref(), pending.as_slice(), NONE, None),
        TenantState::Refused { error } => ("refused", None, NONE, NONE, Some(refusal(error))),
        TenantState::Unreadable => ("unreadable", None, NONE, NONE, None),
        TenantState::Missing => ("missing", None, NONE, NONE, None),
    };
    [
        ("schemas", json!(names(&group.schemas))),
        ("state", json!(state)),
        ("last_applied", json!(last)),
        ("pending", json!(pending)),
        ("to_mark", json!(to_mark)),
        ("error", json!(error)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The error of a group, which is that of its first schema.
fn refusal(error: &MigrateError) -> Value {
    let error: &(dyn Error + 'static) = error;
    error::value(error)
}

fn names(schemas: &[Ident]) -> Vec<&str> {
    schemas.iter().map(Ident::as_str).collect()
}
