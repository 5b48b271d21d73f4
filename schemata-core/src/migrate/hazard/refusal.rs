//! The refusal of dangerous steps, in words.

use std::fmt;

use crate::migrate::hazard::Hazard;

/// Pending migrations would keep others from large tables. Nothing was run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing was run, since {} on large tables: {}", counted(.steps.len()), listed(.steps))]
#[non_exhaustive]
pub struct Hazardous {
    /// Which steps would.
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
    /// What is dangerous about it.
    pub hazard: Hazard,
    /// The table's rows, by PostgreSQL's estimate, where it has one.
    pub rows: Option<i64>,
    /// The table's size in bytes, without its indexes.
    pub bytes: i64,
}

impl fmt::Display for HazardousStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { migration, statement, hazard, rows, bytes } = self;
        let rows = rows.map_or(String::new(), |rows| format!("about {rows} rows, "));
        write!(
            f,
            "{migration} on {} ({rows}{} MiB), at: {statement}: {}; write instead: {}; or say why it may run, before it: \
             m.allow(\"reason\")",
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
