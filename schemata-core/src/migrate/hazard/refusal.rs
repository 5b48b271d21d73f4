//! The error for pending migrations with steps that are dangerous on large tables.

use std::fmt;

/// Why a statement would block others for long if its table is large.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hazard {
    /// The table, qualified unless it is in the migrated schema.
    pub table: String,
    /// The lock that PostgreSQL takes, and the work it does meanwhile.
    pub why: String,
    /// What to write instead, as statements of a migration.
    pub safe_form: String,
}

/// Pending migrations would block others from large tables. Nothing was run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing was run, since {} on large tables: {}", counted(.steps.len()), listed(.steps))]
#[non_exhaustive]
pub struct Hazardous {
    /// The dangerous steps.
    pub steps: Vec<HazardousStep>,
}

/// A dangerous step on a large table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HazardousStep {
    /// The migration.
    pub migration: &'static str,
    /// The statement.
    pub statement: String,
    /// Why it is dangerous, and what to write instead.
    pub hazard: Hazard,
    /// PostgreSQL's estimate of the table's rows, if it has one.
    pub rows: Option<i64>,
    /// The table's size in bytes, without its indexes.
    pub bytes: i64,
    /// The file of SQL that holds the statement, if the migration is one.
    pub sql_file: Option<&'static str>,
}

impl fmt::Display for HazardousStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { migration, statement, hazard, rows, bytes, sql_file } = self;
        let allow = match sql_file {
            None => "m.allow(\"reason\")".to_owned(),
            Some(file) => format!("`-- schemata:allow reason` in the line above it in {file}"),
        };
        let rows = rows.map_or(String::new(), |rows| format!("about {rows} rows, "));
        write!(
            f,
            "{migration} on {} ({rows}{} MiB), at: {statement}: {}; write instead: {}; or allow it, with a reason: \
             {allow}",
            hazard.table,
            bytes >> 20,
            hazard.why,
            hazard.safe_form
        )
    }
}

fn counted(steps: usize) -> String {
    if steps == 1 { "a step is dangerous".to_owned() } else { format!("{steps} steps are dangerous") }
}

fn listed(steps: &[HazardousStep]) -> String {
    let all: Vec<String> = steps.iter().map(HazardousStep::to_string).collect();
    all.join("; ")
}
