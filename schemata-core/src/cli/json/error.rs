//! Errors in documents: the message, its causes, and the parts of PostgreSQL's error.

use std::error::Error;

use serde::Serialize;
use serde_json::Value;
use tokio_postgres::error::DbError;

use crate::cli::json::document::document;
use crate::cli::output::causes;
use crate::migrate::MigrateError;

#[derive(Serialize)]
struct Failure<'e> {
    error: ErrorEntry<'e>,
}

/// An error in a document.
#[derive(Serialize)]
pub(super) struct ErrorEntry<'e> {
    message: String,
    causes: Vec<String>,
    postgresql: Option<Refusal<'e>>,
    #[serde(flatten)]
    failed: Failed<'e>,
}

/// The parts of PostgreSQL's error.
#[derive(Serialize)]
struct Refusal<'e> {
    sqlstate: &'e str,
    message: &'e str,
    detail: Option<&'e str>,
    hint: Option<&'e str>,
    r#where: Option<&'e str>,
}

/// Returns the document of a command that failed.
pub(in crate::cli) fn failure(error: &(dyn Error + 'static)) -> Value {
    document(Failure { error: entry(error) })
}

/// Returns an error as part of a document.
pub(super) fn entry<'e>(error: &'e (dyn Error + 'static)) -> ErrorEntry<'e> {
    let causes = causes(error);
    let refusal = causes.iter().find_map(|cause| cause.downcast_ref::<DbError>());
    let cause = |cause: &&(dyn Error + 'static)| match cause.downcast_ref::<DbError>() {
        Some(refusal) => refusal.message().to_owned(),
        None => cause.to_string(),
    };
    ErrorEntry {
        message: error.to_string(),
        causes: causes.iter().map(cause).collect(),
        postgresql: refusal.map(|refusal| Refusal {
            sqlstate: refusal.code().code(),
            message: refusal.message(),
            detail: refusal.detail(),
            hint: refusal.hint(),
            r#where: refusal.where_(),
        }),
        failed: Failed::of(error),
    }
}

/// The migration that failed, if the error is about one.
#[derive(Default, Serialize)]
struct Failed<'e> {
    migration: Option<&'static str>,
    statement: Option<&'e str>,
    /// The migrations that the run applied before it. They stay applied.
    applied: Option<&'e [String]>,
}

impl<'e> Failed<'e> {
    fn of(error: &'e (dyn Error + 'static)) -> Self {
        match error.downcast_ref::<MigrateError>() {
            Some(
                MigrateError::Failed { id, statement, applied, .. }
                | MigrateError::Stopped { id, statement, applied, .. },
            ) => Self { migration: Some(id), statement: statement.as_deref(), applied: Some(applied) },
            _ => Self::default(),
        }
    }
}
