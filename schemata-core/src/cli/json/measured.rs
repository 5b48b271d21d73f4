//! What pending migrations would do to a busy database.

use std::time::Duration;

use serde_json::{Value, json};

use crate::migrate::HazardousStep;
use crate::prove::{Danger, Effect, Measured, MeasuredStatement, Runs, TableWork};

/// The document of `plan --measure`.
pub(in crate::cli) fn measured(schema: &str, measured: &Measured) -> Value {
    let migrations = measured.migrations.iter().map(|migration| {
        json!({
            "module": migration.module,
            "id": migration.id,
            "statements": migration.statements.iter().map(statement).collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": schema,
        "safe": measured.is_safe(),
        "migrations": migrations.collect::<Vec<_>>(),
        "refused": measured.refused.iter().map(refused).collect::<Vec<_>>(),
        "unseen": measured.unseen,
    })
}

/// A step that `migrate` would refuse.
fn refused(step: &HazardousStep) -> Value {
    json!({
        "migration": step.migration,
        "sql": step.statement,
        "table": step.hazard.table,
        "message": step.hazard.why,
        "instead": step.hazard.safe_form,
        "live_rows": step.rows,
        "live_bytes": step.bytes,
    })
}

fn statement(statement: &MeasuredStatement) -> Value {
    let (transaction, batch) = match statement.runs {
        Runs::In(number) => (Some(number), None),
        Runs::Outside => (None, None),
        Runs::InBatches(rows) => (None, Some(rows)),
    };
    json!({
        "sql": statement.sql,
        "transaction": transaction,
        "batch_rows": batch,
        "took_ms": milliseconds(statement.took),
        "effects": statement.effects.iter().map(effect).collect::<Vec<_>>(),
        "danger": statement.danger.as_ref().map(danger),
    })
}

fn effect(effect: &Effect) -> Value {
    json!({
        "table": effect.table,
        "lock": effect.lock.map(|lock| lock.to_string()),
        "rewritten": effect.rewritten,
        "scanned": effect.scanned,
        "rebuilt": effect.rebuilt,
        "dropped": effect.dropped,
        "live_bytes": effect.live.map(|live| live.bytes),
        "live_rows": effect.live.and_then(|live| live.rows),
    })
}

fn danger(danger: &Danger) -> Value {
    let work = |work: TableWork| match work {
        TableWork::Rewrite => "rewrite",
        TableWork::Reindex => "reindex",
        TableWork::Scan => "scan",
    };
    let works = danger.work.iter().map(|(table, kind)| json!({ "table": table, "work": work(*kind) }));
    let locks = danger.locked.iter().map(|(table, lock)| json!({ "table": table, "lock": lock.to_string() }));
    json!({
        "message": danger.to_string(),
        "work": works.collect::<Vec<_>>(),
        "locked": locks.collect::<Vec<_>>(),
        "inherited": danger.inherited,
        "instead": danger.instead,
        "allowed": danger.allowed,
    })
}

/// To the microsecond.
fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
