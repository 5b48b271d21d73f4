//! The migrations of one schema: where they stand, what is pending, what was applied.

use serde_json::{Value, json};

use crate::migrate::{HistoryEntry, MigrationState, MigrationStatus, PlannedMigration, Report};

/// The document of `status`.
pub(in crate::cli) fn status(schema: &str, all: &[MigrationStatus]) -> Value {
    let settled = all.iter().all(|migration| migration.state.is_settled());
    json!({ "schema": schema, "up_to_date": settled, "migrations": all.iter().map(state).collect::<Vec<_>>() })
}

/// What a state has to say beside its name.
#[derive(Default)]
struct Said<'a> {
    applied_at: Option<&'a str>,
    steps_done: Option<usize>,
    steps: Option<usize>,
    late_after: Option<&'a str>,
    ledger_checksum: Option<&'a str>,
    program_checksum: Option<&'a str>,
    replaced_by: Option<&'a str>,
    waits_for: Option<usize>,
    stuck_because: Option<&'a str>,
}

fn state(migration: &MigrationStatus) -> Value {
    let (state, said) = match &migration.state {
        MigrationState::Applied { at } => ("applied", Said { applied_at: Some(at), ..Said::default() }),
        MigrationState::Pending => ("pending", Said::default()),
        MigrationState::Unfinished { done, of } => {
            ("unfinished", Said { steps_done: Some(*done), steps: Some(*of), ..Said::default() })
        }
        MigrationState::Late { after } => ("late", Said { late_after: Some(after), ..Said::default() }),
        MigrationState::Edited { stored, current } => {
            ("edited", Said { ledger_checksum: Some(stored), program_checksum: Some(current), ..Said::default() })
        }
        MigrationState::Replaced { by } => ("replaced", Said { replaced_by: Some(by), ..Said::default() }),
        // Everything it replaces is applied: what is missing is its row.
        MigrationState::Replacing { left: 0 } => ("applied", Said::default()),
        MigrationState::Replacing { left } => ("waiting", Said { waits_for: Some(*left), ..Said::default() }),
        MigrationState::Stuck { why } => ("stuck", Said { stuck_because: Some(why), ..Said::default() }),
        MigrationState::Unlinked => ("unlinked", Said::default()),
    };
    json!({
        "module": migration.module,
        "id": migration.id,
        "state": state,
        "applied_at": said.applied_at.map(iso),
        "steps_done": said.steps_done,
        "steps": said.steps,
        "late_after": said.late_after,
        "ledger_checksum": said.ledger_checksum,
        "program_checksum": said.program_checksum,
        "replaced_by": said.replaced_by,
        "waits_for": said.waits_for,
        "stuck_because": said.stuck_because,
    })
}

/// The document of `plan` and of `migrate --dry-run`.
pub(in crate::cli) fn planned(schema: &str, planned: &[PlannedMigration]) -> Value {
    json!({ "schema": schema, "migrations": all_planned(planned) })
}

/// Pending migrations and their SQL.
pub(super) fn all_planned(planned: &[PlannedMigration]) -> Vec<Value> {
    let one = |migration: &PlannedMigration| {
        json!({
            "module": migration.module,
            "id": migration.id,
            "statements": migration.statements,
            "reads_data": migration.dynamic,
            "stepwise": migration.stepwise,
            "late_after": migration.late,
        })
    };
    planned.iter().map(one).collect()
}

/// The document of `migrate`.
pub(in crate::cli) fn applied(schema: &str, report: &Report) -> Value {
    json!({ "schema": schema, "applied": report.applied, "marked": report.marked })
}

/// The document of `migrate show`.
pub(in crate::cli) fn past(schema: &str, all: &[HistoryEntry]) -> Value {
    let one = |past: &HistoryEntry| {
        json!({
            "module": past.module,
            "id": past.id,
            "checksum": past.checksum,
            "state": if past.finished { "applied" } else { "unfinished" },
            "at": iso(&past.at),
            "took_ms": past.took_ms,
            "role": past.by,
            "application": past.application,
            "steps_done": past.steps.map(|steps| steps.done),
            "steps": past.steps.map(|steps| steps.of),
            "rows": past.steps.and_then(|steps| steps.rows),
            "replaces": past.replaces,
            "allowed": past.allowed,
            "note": past.note,
            "statements": past.statements,
        })
    };
    json!({ "schema": schema, "migrations": all.iter().map(one).collect::<Vec<_>>() })
}

/// `2026-11-24 08:00:00.5+01` as ISO 8601 has it, with a `T` and the minutes of the offset. What looks otherwise, because
/// the role has a `datestyle` of its own, stays as it is.
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
