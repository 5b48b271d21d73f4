//! Errors: the message, its causes, and PostgreSQL's refusal in parts.

use std::error::Error;

use serde_json::{Value, json};
use tokio_postgres::error::DbError;

use crate::cli::output::causes;

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
    })
}
