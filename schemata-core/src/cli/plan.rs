//! `plan` and `migrate --dry-run`: prints the SQL of pending migrations; with `--measure`, its effects on a busy database.

use std::time::Duration;

use crate::cli::app::App;
use crate::cli::json;
use crate::cli::migrate::{migrator, note_unlinked, up_to_date};
use crate::cli::missing_schema::{self, NOT_YET};
use crate::cli::output::{self, CommandResult};
use crate::migrate::{HazardousStep, PlannedMigration};
use crate::prove::{Effect, LiveSize, Measured, MeasuredStatement, Runs};

pub(super) async fn plan(app: &App, to: Option<String>, schema: String, json: bool) -> CommandResult {
    let migrator = migrator(app, to, schema.clone())?;
    let database = app.database().await?;
    missing_schema::note(database.url(), &schema, NOT_YET).await?;
    let planned = migrator.plan(database.url()).await?;
    match (json, planned.is_empty()) {
        (true, _) => output::document(&json::planned(&schema, &planned)),
        (false, true) => up_to_date(),
        (false, false) => planned.iter().for_each(print_planned),
    }
    if json {
        note_unlinked();
    }
    Ok(output::exit_code(planned.is_empty()))
}

pub(super) fn print_planned(migration: &PlannedMigration) {
    output::line(&format!("-- {} ({})", migration.id, migration.module));
    if migration.stepwise {
        output::line("-- stepwise: statements that cannot share a transaction run separately");
    }
    if let Some(after) = &migration.late {
        output::line(&format!("-- late: {after} is already applied"));
    }
    for statement in &migration.statements {
        output::line(&format!("{statement};"));
    }
    if migration.dynamic {
        output::line("-- then it reads data, which decides about further statements");
    }
    output::line("");
}

pub(super) async fn measure(app: &App, to: Option<String>, schema: String, json: bool) -> CommandResult {
    let migrator = migrator(app, to, schema.clone())?;
    let database = app.database().await?;
    missing_schema::note(database.url(), &schema, NOT_YET).await?;
    let measured = migrator.measure(database.url()).await?;
    match (json, measured.migrations.is_empty()) {
        (true, _) => output::document(&json::measured(&schema, &measured)),
        (false, true) => up_to_date(),
        (false, false) => print_all_measured(&measured),
    }
    Ok(output::exit_code(measured.is_safe()))
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
            let is_it = |step: &&HazardousStep| {
                step.migration == migration.id && Some(&step.statement) == statement.sql.as_ref()
            };
            print_measured(statement, measured.refused.iter().find(is_it));
            before = Some(statement.runs);
        }
        output::line("");
    }
    if !measured.unseen.is_empty() {
        output::line("-- Not measured, because the scratch database could not be made equal to yours:");
        output::list(&measured.unseen);
    }
    let verdict = match (measured.is_dangerous(), measured.is_safe()) {
        (true, _) => "Dangerous",
        (false, true) => "Safe",
        (false, false) => "Not known to be safe",
    };
    output::line(&format!("-- {verdict} on a busy database. Times are those on empty tables."));
}

fn runs(runs: Runs) -> String {
    match runs {
        Runs::In(number) => format!("transaction {number}"),
        Runs::Outside => "on its own, outside transactions".to_owned(),
        Runs::InBatches(rows) => format!("on its own, {rows} rows per transaction"),
    }
}

fn print_measured(statement: &MeasuredStatement, refused: Option<&HazardousStep>) {
    match &statement.sql {
        Some(sql) => output::line(&format!("{sql};")),
        None => output::line("-- statements sent through `query`, `session` or `client`:"),
    }
    for effect in &statement.effects {
        output::line(&format!("--   {}", effect_line(effect, statement.runs)));
    }
    for line in verdict(statement, refused) {
        output::line(&format!("--   {line}"));
    }
}

/// Returns the verdict on a measured statement, and whether `migrate` would refuse it.
fn verdict(statement: &MeasuredStatement, refused: Option<&HazardousStep>) -> Vec<String> {
    let took = milliseconds(statement.took);
    match (&statement.danger, refused) {
        (Some(danger), _) if danger.allowed.is_some() => {
            let reason = danger.allowed.as_deref().unwrap_or_default();
            vec![format!("dangerous ({took}): {danger}; allowed: {reason}")]
        }
        (Some(danger), refused) => {
            let mut lines = vec![format!("DANGEROUS ({took}): {danger}"), format!("instead: {}", danger.instead)];
            lines.extend(refused.map(|step| format!("`migrate` refuses it: {} is large", step.hazard.table)));
            lines
        }
        (None, Some(HazardousStep { hazard, .. })) => vec![
            format!("REFUSED by `migrate` ({took}), since {} is large: {}", hazard.table, hazard.why),
            format!("instead: {}", hazard.safe_form),
        ],
        (None, None) => vec![format!("safe ({took})")],
    }
}

/// Describes an effect: "orders (24 kB, about 310 rows): ACCESS EXCLUSIVE lock for an instant (nobody else reads or
/// writes)".
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
        did.push(if matches!(runs, Runs::InBatches(_)) { "read in batches" } else { "read completely" }.to_owned());
    }
    if !effect.rebuilt.is_empty() {
        did.push(format!("rebuilt: {}", effect.rebuilt.join(", ")));
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

/// Formats a size much like PostgreSQL's `pg_size_pretty`.
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
    use std::time::Duration;

    use super::{bytes, verdict};
    use crate::migrate::{Hazard, HazardousStep};
    use crate::prove::{Danger, MeasuredStatement, Runs, TableLock, TableWork};

    #[test]
    fn measured_dangers_and_refusals_are_distinguished() {
        let visits = || "visits".to_owned();
        let hazard = Hazard { table: visits(), why: "it is slow".to_owned(), safe_form: "m.that()".to_owned() };
        let step =
            HazardousStep { migration: "1", statement: String::new(), hazard, rows: None, bytes: 0, sql_file: None };
        let danger = Danger {
            work: vec![(visits(), TableWork::Scan)],
            locked: vec![(visits(), TableLock::Share)],
            inherited: false,
            instead: "m.this()".to_owned(),
            allowed: None,
        };
        let statement = |danger: Option<Danger>| MeasuredStatement {
            sql: None,
            runs: Runs::In(1),
            took: Duration::from_millis(2),
            effects: Vec::new(),
            danger,
        };
        assert_eq!(verdict(&statement(None), None), ["safe (2.0 ms)"]);
        assert_eq!(
            verdict(&statement(None), Some(&step)),
            ["REFUSED by `migrate` (2.0 ms), since visits is large: it is slow", "instead: m.that()"]
        );
        let measured = "DANGEROUS (2.0 ms): reads all of visits while nobody can write to visits";
        assert_eq!(verdict(&statement(Some(danger.clone())), None), [measured, "instead: m.this()"]);
        let both = verdict(&statement(Some(danger.clone())), Some(&step));
        assert_eq!(both, [measured, "instead: m.this()", "`migrate` refuses it: visits is large"]);
        let allowed = Danger { allowed: Some("at night".to_owned()), ..danger };
        assert!(verdict(&statement(Some(allowed)), None)[0].ends_with("; allowed: at night"));
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!(bytes(8192), "8192 bytes");
        assert_eq!(bytes(24 * 1024), "24 kB");
        assert_eq!(bytes(3 * 1024 * 1024 * 1024), "3072 MB");
        assert_eq!(bytes(i64::MAX), "8388607 TB");
    }
}
