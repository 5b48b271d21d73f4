//! What a rollout reports: while it works, and when it is done.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;

use crate::ident::Ident;
use crate::migrate::{Event, MigrateError};
use crate::tenants::group::{TenantGroup, group};

/// What happened to one schema.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// These migrations were applied, in this order.
    Applied {
        /// Their ids.
        migrations: Vec<String>,
        /// The squashes that were marked as applied without running, since everything they replace is applied.
        marked: Vec<String>,
    },
    /// Nothing was pending, or another run applied it meanwhile.
    UpToDate,
    /// The schema does not exist: it was dropped during the run, or before. It is not created again.
    Gone,
    /// It could not be migrated. What was committed before stays; [`MigrateError::Failed`] lists it.
    Failed {
        /// The error.
        error: Arc<MigrateError>,
    },
    /// The run stopped before it reached this schema.
    NotStarted,
}

/// Why a run stopped before all schemas were migrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// The canary was not migrated.
    Canary,
    /// More schemas failed than are allowed.
    Failures {
        /// The number of failures that are allowed.
        allowed: usize,
    },
    /// The caller asked it to stop.
    Asked,
    /// The server could no longer be reached.
    Unreachable,
}

/// What a rollout did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RolloutReport {
    /// Each schema and its outcome, in the order they were named.
    pub schemas: Vec<(Ident, Outcome)>,
    /// Why it stopped early, if it did.
    pub stopped: Option<Stop>,
}

impl RolloutReport {
    /// Returns whether every schema that exists has all migrations now.
    pub fn is_complete(&self) -> bool {
        !self.schemas.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed { .. } | Outcome::NotStarted))
    }

    /// Groups the schemas with equal outcomes. Failures are equal if their messages are, apart from the schema's name.
    pub fn groups(&self) -> Vec<TenantGroup<Outcome>> {
        group(self.schemas.iter().cloned(), |schema, outcome| match outcome {
            Outcome::Applied { migrations, marked } => format!("applied {migrations:?}, marked {marked:?}"),
            Outcome::Failed { error } => text_without_name(schema, error),
            other => format!("{other:?}"),
        })
    }
}

/// Returns the text of an error and its causes without the schema's name.
pub(crate) fn text_without_name(schema: &Ident, error: &MigrateError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(this) = cause {
        let _ = write!(text, "\n{this}");
        cause = this.source();
    }
    text.replace(&schema.to_string(), "\u{0}").replace(schema.as_str(), "\u{0}")
}

/// What a rollout is doing, as it happens.
#[derive(Debug)]
#[non_exhaustive]
pub enum RolloutEvent<'a> {
    /// The ledgers were read.
    LedgersRead {
        /// The number of schemas.
        schemas: usize,
        /// The number of schemas that have something to do.
        pending: usize,
        /// The number of schemas that are migrated at once.
        jobs: usize,
    },
    /// A schema's migration begins.
    Started {
        /// The schema.
        schema: &'a Ident,
    },
    /// Something happened while a schema is migrated.
    Step {
        /// The schema.
        schema: &'a Ident,
        /// What happened.
        event: &'a Event,
    },
    /// A schema is done.
    Finished {
        /// The schema.
        schema: &'a Ident,
        /// Its outcome.
        outcome: &'a Outcome,
    },
}
