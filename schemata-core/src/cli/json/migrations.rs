//! The documents of one schema: the state of its migrations, those that are pending, and those that were applied.

use serde::Serialize;
use serde_json::Value;

use crate::cli::json::document::document;
use crate::migrate::{HistoryEntry, MigrationState, MigrationStatus, PlannedMigration, Report};

#[derive(Serialize)]
struct Status<'a> {
    schema: &'a str,
    up_to_date: bool,
    migrations: Vec<StatusEntry<'a>>,
}

#[derive(Serialize)]
struct StatusEntry<'a> {
    module: &'a str,
    id: &'a str,
    state: &'static str,
    #[serde(flatten)]
    details: StateDetails<'a>,
}

/// The details of a state. Each state has some of them.
#[derive(Default, Serialize)]
struct StateDetails<'a> {
    applied_at: Option<String>,
    steps_done: Option<usize>,
    steps: Option<usize>,
    late_after: Option<&'a str>,
    ledger_checksum: Option<&'a str>,
    program_checksum: Option<&'a str>,
    replaced_by: Option<&'a str>,
    waits_for: Option<usize>,
    stuck_because: Option<&'a str>,
}

/// Returns the document of `status`.
pub(in crate::cli) fn status(schema: &str, all: &[MigrationStatus]) -> Value {
    let up_to_date = all.iter().all(|migration| migration.state.is_settled());
    document(Status { schema, up_to_date, migrations: all.iter().map(state).collect() })
}

fn state(migration: &MigrationStatus) -> StatusEntry<'_> {
    let none = StateDetails::default();
    let (state, details) = match &migration.state {
        MigrationState::Applied { at } => ("applied", StateDetails { applied_at: Some(iso(at)), ..none }),
        MigrationState::Pending => ("pending", none),
        MigrationState::Unfinished { done, of } => {
            ("unfinished", StateDetails { steps_done: Some(*done), steps: Some(*of), ..none })
        }
        MigrationState::Late { after } => ("late", StateDetails { late_after: Some(after), ..none }),
        MigrationState::Edited { stored, current } => {
            ("edited", StateDetails { ledger_checksum: Some(stored), program_checksum: Some(current), ..none })
        }
        MigrationState::Replaced { by } => ("replaced", StateDetails { replaced_by: Some(by), ..none }),
        // Everything that it replaces is applied. Only its row in the ledger is missing.
        MigrationState::Replacing { left: 0 } => ("applied", none),
        MigrationState::Replacing { left } => ("waiting", StateDetails { waits_for: Some(*left), ..none }),
        MigrationState::Stuck { why } => ("stuck", StateDetails { stuck_because: Some(why), ..none }),
        MigrationState::Unlinked => ("unlinked", none),
    };
    StatusEntry { module: &migration.module, id: &migration.id, state, details }
}

#[derive(Serialize)]
struct Plan<'a> {
    schema: &'a str,
    migrations: Vec<PlanEntry<'a>>,
}

/// A pending migration with its SQL.
#[derive(Serialize)]
pub(super) struct PlanEntry<'a> {
    module: &'a str,
    id: &'a str,
    statements: &'a [String],
    reads_data: bool,
    stepwise: bool,
    late_after: Option<&'a str>,
}

/// Returns the document of `plan` and of `migrate --dry-run`.
pub(in crate::cli) fn planned(schema: &str, planned: &[PlannedMigration]) -> Value {
    document(Plan { schema, migrations: plan_entries(planned) })
}

/// Returns pending migrations as part of a document.
pub(super) fn plan_entries(planned: &[PlannedMigration]) -> Vec<PlanEntry<'_>> {
    planned.iter().map(plan_entry).collect()
}

fn plan_entry(migration: &PlannedMigration) -> PlanEntry<'_> {
    PlanEntry {
        module: migration.module,
        id: migration.id,
        statements: &migration.statements,
        reads_data: migration.dynamic,
        stepwise: migration.stepwise,
        late_after: migration.late.as_deref(),
    }
}

#[derive(Serialize)]
struct MigrateResult<'a> {
    schema: &'a str,
    applied: &'a [String],
    marked: &'a [String],
}

/// Returns the document of `migrate`.
pub(in crate::cli) fn applied(schema: &str, report: &Report) -> Value {
    document(MigrateResult { schema, applied: &report.applied, marked: &report.marked })
}

#[derive(Serialize)]
struct History<'a> {
    schema: &'a str,
    migrations: Vec<HistoryItem<'a>>,
}

#[derive(Serialize)]
struct HistoryItem<'a> {
    module: &'a str,
    id: &'a str,
    checksum: &'a str,
    state: &'static str,
    at: String,
    took_ms: i64,
    role: &'a str,
    application: &'a str,
    steps_done: Option<usize>,
    steps: Option<usize>,
    rows: Option<i64>,
    replaces: &'a [String],
    allowed: &'a [String],
    note: Option<&'a str>,
    statements: &'a [String],
}

/// Returns the document of `migrate show`.
pub(in crate::cli) fn history(schema: &str, all: &[HistoryEntry]) -> Value {
    document(History { schema, migrations: all.iter().map(history_entry).collect() })
}

fn history_entry(entry: &HistoryEntry) -> HistoryItem<'_> {
    HistoryItem {
        module: &entry.module,
        id: &entry.id,
        checksum: &entry.checksum,
        state: if entry.finished { "applied" } else { "unfinished" },
        at: iso(&entry.at),
        took_ms: entry.took_ms,
        role: &entry.by,
        application: &entry.application,
        steps_done: entry.steps.map(|steps| steps.done),
        steps: entry.steps.map(|steps| steps.of),
        rows: entry.steps.and_then(|steps| steps.rows),
        replaces: &entry.replaces,
        allowed: &entry.allowed,
        note: entry.note.as_deref(),
        statements: &entry.statements,
    }
}

/// Returns a time like `2026-11-24 08:00:00.5+01` in ISO 8601, with a `T` and the minutes of the offset. A time in another
/// form, from a role with a `datestyle` of its own, is returned unchanged.
fn iso(at: &str) -> String {
    let Some((date, time)) = at.split_once(' ') else { return at.to_owned() };
    let is_of = |text: &str, more: &str| text.chars().all(|letter| letter.is_ascii_digit() || more.contains(letter));
    if !is_of(date, "-") || !is_of(time, ":.+-") {
        return at.to_owned();
    }
    let minutes = time.rfind(['+', '-']).filter(|sign| time.len() - sign == 3).map_or("", |_| ":00");
    format!("{date}T{time}{minutes}")
}

#[cfg(test)]
mod tests {
    use super::iso;

    #[test]
    fn times_are_iso_8601() {
        for (postgresql, iso_8601) in [
            ("2026-11-24 08:00:00.5+01", "2026-11-24T08:00:00.5+01:00"),
            ("2026-11-24 08:00:00-03:30", "2026-11-24T08:00:00-03:30"),
            ("24.11.2026 08:00:00.5 CET", "24.11.2026 08:00:00.5 CET"),
            ("infinity", "infinity"),
        ] {
            assert_eq!(iso(postgresql), iso_8601);
        }
    }
}
