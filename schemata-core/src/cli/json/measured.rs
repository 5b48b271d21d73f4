//! The document of `plan --measure`: what pending migrations would do to a busy database.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::cli::json::document::document;
use crate::migrate::HazardousStep;
use crate::prove::{Danger, Effect, Measured, MeasuredStatement, Runs, TableWork};

#[derive(Serialize)]
struct MeasuredPlan<'a> {
    schema: &'a str,
    safe: bool,
    migrations: Vec<MigrationEntry<'a>>,
    refused: Vec<RefusedStep<'a>>,
    unseen: &'a [String],
}

#[derive(Serialize)]
struct MigrationEntry<'a> {
    module: &'a str,
    id: &'a str,
    statements: Vec<StatementEntry<'a>>,
}

/// A step that `migrate` would refuse.
#[derive(Serialize)]
struct RefusedStep<'a> {
    migration: &'a str,
    sql: &'a str,
    table: &'a str,
    message: &'a str,
    instead: &'a str,
    live_rows: Option<i64>,
    live_bytes: i64,
}

#[derive(Serialize)]
struct StatementEntry<'a> {
    sql: Option<&'a str>,
    transaction: Option<usize>,
    batch_rows: Option<u32>,
    took_ms: f64,
    effects: Vec<EffectEntry<'a>>,
    danger: Option<DangerEntry<'a>>,
}

#[derive(Serialize)]
struct EffectEntry<'a> {
    table: &'a str,
    lock: Option<String>,
    rewritten: bool,
    scanned: bool,
    rebuilt: &'a [String],
    dropped: bool,
    live_bytes: Option<i64>,
    live_rows: Option<i64>,
}

#[derive(Serialize)]
struct DangerEntry<'a> {
    message: String,
    work: Vec<WorkEntry<'a>>,
    locked: Vec<LockEntry<'a>>,
    inherited: bool,
    instead: &'a str,
    allowed: Option<&'a str>,
}

#[derive(Serialize)]
struct WorkEntry<'a> {
    table: &'a str,
    work: &'static str,
}

#[derive(Serialize)]
struct LockEntry<'a> {
    table: &'a str,
    lock: String,
}

/// Returns the document of `plan --measure`.
pub(in crate::cli) fn measured(schema: &str, measured: &Measured) -> Value {
    let migrations = measured.migrations.iter().map(|migration| MigrationEntry {
        module: migration.module,
        id: migration.id,
        statements: migration.statements.iter().map(statement).collect(),
    });
    document(MeasuredPlan {
        schema,
        safe: measured.is_safe(),
        migrations: migrations.collect(),
        refused: measured.refused.iter().map(refused).collect(),
        unseen: &measured.unseen,
    })
}

fn refused(step: &HazardousStep) -> RefusedStep<'_> {
    RefusedStep {
        migration: step.migration,
        sql: &step.statement,
        table: &step.hazard.table,
        message: &step.hazard.why,
        instead: &step.hazard.safe_form,
        live_rows: step.rows,
        live_bytes: step.bytes,
    }
}

fn statement(statement: &MeasuredStatement) -> StatementEntry<'_> {
    let (transaction, batch_rows) = match statement.runs {
        Runs::In(number) => (Some(number), None),
        Runs::Outside => (None, None),
        Runs::InBatches(rows) => (None, Some(rows)),
    };
    StatementEntry {
        sql: statement.sql.as_deref(),
        transaction,
        batch_rows,
        took_ms: milliseconds(statement.took),
        effects: statement.effects.iter().map(effect).collect(),
        danger: statement.danger.as_ref().map(danger),
    }
}

fn effect(effect: &Effect) -> EffectEntry<'_> {
    EffectEntry {
        table: &effect.table,
        lock: effect.lock.map(|lock| lock.to_string()),
        rewritten: effect.rewritten,
        scanned: effect.scanned,
        rebuilt: &effect.rebuilt,
        dropped: effect.dropped,
        live_bytes: effect.live.map(|live| live.bytes),
        live_rows: effect.live.and_then(|live| live.rows),
    }
}

fn danger(danger: &Danger) -> DangerEntry<'_> {
    let work = |work: TableWork| match work {
        TableWork::Rewrite => "rewrite",
        TableWork::Reindex => "reindex",
        TableWork::Scan => "scan",
    };
    DangerEntry {
        message: danger.to_string(),
        work: danger.work.iter().map(|(table, kind)| WorkEntry { table, work: work(*kind) }).collect(),
        locked: danger.locked.iter().map(|(table, lock)| LockEntry { table, lock: lock.to_string() }).collect(),
        inherited: danger.inherited,
        instead: &danger.instead,
        allowed: danger.allowed.as_deref(),
    }
}

/// Returns milliseconds, rounded to the microsecond.
fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
