//! What a rollout tells: while it works, and when it is done.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;

use crate::ident::Ident;
use crate::migrate::{Event, MigrateError};
use crate::tenants::group::{Group, group};

/// What happened to one schema.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// These migrations were applied, in this order.
    Applied {
        /// Their ids.
        migrations: Vec<String>,
        /// The squashes that were noted without running, since everything they replace is applied.
        marked: Vec<String>,
    },
    /// Nothing was pending, or another run did it meanwhile.
    UpToDate,
    /// The schema does not exist: it was dropped during the run, or before. It is not made again.
    Gone,
    /// It could not be migrated. What was committed before stays; [`MigrateError::Failed`] says what that is.
    Failed {
        /// Why.
        error: Arc<MigrateError>,
    },
    /// The run stopped before it came to this schema.
    NotStarted,
}

/// Why a run did not go through all schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// The canary was not migrated.
    Canary,
    /// More schemas failed than are allowed.
    Failures {
        /// How many are.
        allowed: usize,
    },
    /// It was asked to stop.
    Asked,
    /// The server could not be reached any more.
    Unreachable,
}

/// What a rollout did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RolloutReport {
    /// Each schema and what happened to it, in the order they were named.
    pub schemas: Vec<(Ident, Outcome)>,
    /// Why it stopped early, if it did.
    pub stopped: Option<Stop>,
}

impl RolloutReport {
    /// Whether every schema that exists has all migrations now.
    pub fn is_complete(&self) -> bool {
        !self.schemas.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed { .. } | Outcome::NotStarted))
    }

    /// The schemas to which the same happened together. Failures are the same when they say the same but for the schema's
    /// name.
    pub fn groups(&self) -> Vec<Group<Outcome>> {
        group(self.schemas.iter().cloned(), |schema, outcome| match outcome {
            Outcome::Applied { migrations, marked } => format!("applied {migrations:?}, marked {marked:?}"),
            Outcome::Failed { error } => sameness(schema, error),
            other => format!("{other:?}"),
        })
    }
}

/// The text of an error and its causes, without the schema's name.
pub(crate) fn sameness(schema: &Ident, error: &MigrateError) -> String {
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
    Looked {
        /// How many schemas there are.
        schemas: usize,
        /// How many of them have something to do.
        pending: usize,
        /// How many are migrated at once.
        jobs: usize,
    },
    /// A schema's turn begins.
    Started {
        /// The schema.
        schema: &'a Ident,
    },
    /// Something happened in its turn.
    Step {
        /// The schema.
        schema: &'a Ident,
        /// What.
        event: &'a Event,
    },
    /// Its turn is over.
    Finished {
        /// The schema.
        schema: &'a Ident,
        /// What came of it.
        outcome: &'a Outcome,
    },
}
