//! Errors: the message, its causes, and PostgreSQL's refusal in parts.

use std::error::Error;

use serde_json::{Value, json};
use tokio_postgres::error::DbError;

use crate::cli::output::causes;
use crate::migrate::{MigrateError, StepwiseError};

/// The document of a command that failed.
pub(in crate::cli) fn failure(error: &(dyn Error + 'static)) -> Value {
    json!({ "error": value(error) })
}

/// An error, as it stands in a document.
pub(super) fn value(error: &(dyn Error + 'static)) -> Value {
    let causes = causes(error);
    let refusal = causes.iter().find_map(|cause| cause.downcast_ref::<DbError>());
    let cause = |cause: &&(dyn Error + 'static)| match cause.downcast_ref::<DbError>() {
        Some(refusal) => refusal.message().to_owned(),
        None => cause.to_string(),
    };
    let failed = Failed::of(error);
    json!({
        "message": error.to_string(),
        "causes": causes.iter().map(cause).collect::<Vec<_>>(),
        "postgresql": refusal.map(|refusal| json!({
            "sqlstate": refusal.code().code(),
            "message": refusal.message(),
            "detail": refusal.detail(),
            "hint": refusal.hint(),
            "where": refusal.where_(),
        })),
        "migration": failed.migration,
        "statement": failed.statement,
        "applied": failed.applied,
    })
}

/// What is known of a migration that failed, where it is one that did.
#[derive(Default)]
struct Failed<'e> {
    migration: Option<&'static str>,
    statement: Option<&'e str>,
    /// What the run applied before it: that stays.
    applied: Option<&'e [String]>,
}

impl<'e> Failed<'e> {
    fn of(error: &'e (dyn Error + 'static)) -> Self {
        match error.downcast_ref::<MigrateError>() {
            Some(
                MigrateError::Failed { id, statement, applied, .. }
                | MigrateError::Stepwise(StepwiseError::Stopped { id, statement, applied, .. }),
            ) => Self { migration: Some(id), statement: statement.as_deref(), applied: Some(applied) },
            _ => Self::default(),
        }
    }
}
