//! `plan` (and `migrate --dry-run`): the SQL of what is pending; with `--measure`, what it would do to a busy database.

use std::process::ExitCode;
use std::time::Duration;

use crate::cli::app::App;
use crate::cli::json;
use crate::cli::migrate::{migrator, note_unlinked, up_to_date};
use crate::cli::output::{self, PENDING};
use crate::migrate::PlannedMigration;
use crate::prove::{Effect, LiveSize, Measured, MeasuredStatement, Runs};

type Done = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

pub(super) async fn plan(app: &App, to: Option<String>, schema: String, json: bool) -> Done {
    let migrator = migrator(app, to, schema.clone())?;
    let database = app.database().await?;
    let planned = migrator.plan(database.url()).await?;
    match (json, planned.is_empty()) {
        (true, _) => output::document(&json::planned(&schema, &planned)),
        (false, true) => up_to_date(),
        (false, false) => planned.iter().for_each(print_planned),
    }
    if json {
        note_unlinked();
    }
    Ok(if planned.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(PENDING) })
}

pub(super) fn print_planned(migration: &PlannedMigration) {
    output::line(&format!("-- {} ({})", migration.id, migration.module));
    if migration.stepwise {
        output::line("-- step by step: what cannot share a transaction runs by itself");
    }
    if let Some(after) = &migration.late {
        output::line(&format!("-- late: {after} is applied already"));
    }
    for statement in &migration.statements {
        output::line(&format!("{statement};"));
    }
    if migration.dynamic {
        output::line("-- then it reads data: what it does next depends on what it finds");
    }
    output::line("");
}

pub(super) async fn measure(app: &App, to: Option<String>, schema: String, json: bool) -> Done {
    let migrator = migrator(app, to, schema.clone())?;
    let database = app.database().await?;
    let measured = migrator.measure(database.url()).await?;
    match (json, measured.migrations.is_empty()) {
        (true, _) => output::document(&json::measured(&schema, &measured)),
        (false, true) => up_to_date(),
        (false, false) => print_all_measured(&measured),
    }
    Ok(if measured.is_safe() { ExitCode::SUCCESS } else { ExitCode::from(PENDING) })
}

fn print_all_measured(measured: &Measured) {
    for migration in &measured.migrations {
        output::line(&format!("-- {} ({})", migration.id, migration.module));
        let mut before = None;
        let alone = migration.statements.iter().all(|statement| statement.runs == Runs::In(1));
        for statement in &migration.statements {
            if !alone && before != Some(statement.runs) {
                output::line(&format!("-- {}:", runs(statement.runs)));
            }
            print_measured(statement);
            before = Some(statement.runs);
        }
        output::line("");
    }
    for step in &measured.refused {
        output::line(&format!("-- `migrate` refuses {step}"));
    }
    let verdict = if measured.is_safe() { "Safe" } else { "Dangerous" };
    output::line(&format!("-- {verdict} on a busy database. Times are those on empty tables."));
}

fn runs(runs: Runs) -> String {
    match runs {
        Runs::In(number) => format!("transaction {number}"),
        Runs::Outside => "by itself, outside transactions".to_owned(),
        Runs::InBatches(rows) => format!("by itself, {rows} rows a transaction"),
    }
}

fn print_measured(statement: &MeasuredStatement) {
    match &statement.sql {
        Some(sql) => output::line(&format!("{sql};")),
        None => output::line("-- what it does through `query`, `session` or `client`:"),
    }
    for effect in &statement.effects {
        output::line(&format!("--   {}", effect_line(effect, statement.runs)));
    }
    let took = milliseconds(statement.took);
    match &statement.danger {
        Some(danger) if danger.allowed.is_some() => {
            let reason = danger.allowed.as_deref().unwrap_or_default();
            output::line(&format!("--   dangerous ({took}): {danger}; allowed: {reason}"));
        }
        Some(danger) => {
            output::line(&format!("--   DANGEROUS ({took}): {danger}"));
            output::line(&format!("--   instead: {}", danger.instead));
        }
        None => output::line(&format!("--   safe ({took})")),
    }
}

/// "orders (24 kB, about 310 rows): ACCESS EXCLUSIVE lock for an instant (nobody else reads or writes)".
fn effect_line(effect: &Effect, runs: Runs) -> String {
    let mut did = Vec::new();
    if let Some(lock) = effect.lock {
        let short = if effect.grows() { "" } else { " for an instant" };
        let others = match lock {
            lock if lock.blocks_reads() => "nobody else reads or writes",
            lock if lock.blocks_writes() => "nobody else writes",
            _ => "others read and write",
        };
        did.push(format!("{lock} lock{short} ({others})"));
    }
    if effect.rewritten {
        did.push("rewritten".to_owned());
    } else if effect.scanned {
        did.push(if matches!(runs, Runs::InBatches(_)) { "read in batches" } else { "read whole" }.to_owned());
    }
    if !effect.rebuilt.is_empty() {
        did.push(format!("built anew: {}", effect.rebuilt.join(", ")));
    }
    if effect.dropped {
        did.push("dropped".to_owned());
    }
    let live = effect.live.map_or("not in the database yet".to_owned(), live_size);
    format!("{} ({live}): {}", effect.table, did.join(", "))
}

fn live_size(live: LiveSize) -> String {
    let rows = match live.rows {
        None => "rows not counted yet".to_owned(),
        Some(1) => "about 1 row".to_owned(),
        Some(rows) => format!("about {rows} rows"),
    };
    format!("{}, {rows}", bytes(live.bytes))
}

/// As PostgreSQL's `pg_size_pretty`, near enough.
fn bytes(bytes: i64) -> String {
    let mut size = bytes;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if size < 10 * 1024 {
            return format!("{size} {unit}");
        }
        size /= 1024;
    }
    format!("{size} TB")
}

fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!(bytes(8192), "8192 bytes");
        assert_eq!(bytes(24 * 1024), "24 kB");
        assert_eq!(bytes(3 * 1024 * 1024 * 1024), "3072 MB");
        assert_eq!(bytes(i64::MAX), "8388607 TB");
    }
}
