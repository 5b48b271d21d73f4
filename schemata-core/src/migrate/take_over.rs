//! Takes over what another tool applied: its versions become rows of the ledger, in one transaction, and its table stays.

use std::fmt::Write;

use sha2::{Digest, Sha384};

use crate::catalog::MigrationTool;
use crate::migrate::apply::transaction::begin;
use crate::migrate::baseline_and_repair::insert;
use crate::migrate::error::{MigrateError, TakeOverError};
use crate::migrate::migration::effect_recorder::RunMode;
use crate::migrate::other_ledger::{self, OtherLedger, OtherVersion};
use crate::migrate::record::Recorded;
use crate::migrate::report::Report;
use crate::migrate::run::SchemaRun;
use crate::migrate::session::probe;

/// A migration to mark, and why.
struct Mark<'r> {
    migration: &'r Recorded,
    note: String,
}

/// Marks as applied what the ledger of `tool` lists.
pub(crate) async fn baseline_from(
    run: &SchemaRun,
    url: &str,
    known: &[Recorded],
    tool: MigrationTool,
) -> Result<Report, MigrateError> {
    run.connected(url, async |connection, _| {
        run.lock(connection).await?;
        let found = probe(connection, &run.schema).await?;
        let rows = run.read_ledger(connection, &found).await?;
        let pending = run.pending(known, &rows)?;
        let ledger = ledger_of(other_ledger::read(connection.session(), &run.schema).await?, run, tool)?;
        let marks = marks(&ledger, known, &pending)?;
        let mut report = Report::default();
        if marks.is_empty() {
            return Ok(report);
        }
        let context = run.context(connection, &found, RunMode::Live)?;
        let transaction = begin(&context).await?;
        for Mark { migration, note } in marks {
            insert(&context, migration, &note, &transaction).await?;
            report.applied.push(migration.entry.id.to_owned());
        }
        connection.session().run("COMMIT").await.map_err(|error| error.of_ledger(&run.schema, "written"))?;
        Ok(report)
    })
    .await
}

/// Returns the ledger of `tool`, whose versions are all finished.
fn ledger_of(found: Vec<OtherLedger>, run: &SchemaRun, tool: MigrationTool) -> Result<OtherLedger, TakeOverError> {
    // Rails before version 5 kept a ledger like dbmate's, without a table beside it.
    let is_same_shape = |one: MigrationTool| match one {
        MigrationTool::Rails => MigrationTool::Dbmate,
        other => other,
    };
    let tools = found.iter().map(|ledger| ledger.tool).collect();
    let ledger = found.into_iter().find(|ledger| is_same_shape(ledger.tool) == is_same_shape(tool));
    let ledger = ledger.ok_or(TakeOverError::NotFound { schema: run.schema.clone(), tool, found: tools })?;
    match ledger.versions.iter().find(|version| !version.finished) {
        Some(failed) => Err(TakeOverError::Unfinished { tool, version: failed.version.clone() }),
        None => Ok(ledger),
    }
}

/// Returns the pending migrations that the ledger lists. If no migration is a file, or the tool does not number its
/// migrations, the first migration stands for all of them.
fn marks<'r>(
    ledger: &OtherLedger,
    known: &'r [Recorded],
    pending: &[&'r Recorded],
) -> Result<Vec<Mark<'r>>, TakeOverError> {
    let files: Vec<&Recorded> = known.iter().filter(|migration| migration.entry.sql_file().is_some()).collect();
    let tool = ledger.tool;
    if files.is_empty() || !ledger.has_numbers() {
        let first = known.first().ok_or(TakeOverError::NothingToMark { tool })?;
        let is_pending = pending.iter().any(|migration| migration.entry.id == first.entry.id);
        let versions: Vec<&str> = ledger.versions.iter().map(|listed| listed.version.as_str()).collect();
        let note = format!("baseline from {tool}: stands for {} version(s): {}", versions.len(), versions.join(", "));
        return Ok(if is_pending { vec![Mark { migration: first, note }] } else { Vec::new() });
    }
    let lacks_file = |listed: &&OtherVersion| {
        !listed.with_earlier
            && !files.iter().any(|migration| {
                ledger.version_of(migration.entry.id).is_some_and(|found| found.version == listed.version)
            })
    };
    let versions: Vec<String> =
        ledger.versions.iter().filter(lacks_file).map(|listed| listed.version.clone()).collect();
    if !versions.is_empty() {
        return Err(TakeOverError::NoFile { tool, versions });
    }
    let (mut marks, mut edited) = (Vec::new(), Vec::new());
    for migration in pending.iter().copied() {
        let Some(file) = migration.entry.sql_file() else { continue };
        let Some(listed) = ledger.version_of(migration.entry.id) else { continue };
        if tool == MigrationTool::Sqlx && listed.checksum.as_deref().is_some_and(|sum| sum != sha384(file.text)) {
            edited.push(file.path);
        }
        marks.push(Mark { migration, note: note(tool, listed) });
    }
    if edited.is_empty() { Ok(marks) } else { Err(TakeOverError::Edited { tool, files: edited }) }
}

fn note(tool: MigrationTool, listed: &OtherVersion) -> String {
    let mut note = format!("baseline from {tool}: version {}", listed.version);
    if let Some(at) = &listed.at {
        let _ = write!(note, ", applied {at}");
    }
    if let Some(checksum) = &listed.checksum {
        let _ = write!(note, ", checksum {checksum}");
    }
    note
}

/// Returns sqlx's checksum of a file.
fn sha384(text: &str) -> String {
    Sha384::digest(text).iter().fold(String::with_capacity(96), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
