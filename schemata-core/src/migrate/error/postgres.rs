//! What PostgreSQL's own error adds to a message: the objects that depend on a dropped one, and who was in the way.

use std::error::Error;

use tokio_postgres::error::{DbError, SqlState};

use crate::migrate::report::Blocker;

/// Returns PostgreSQL's error, wherever it is in the chain of causes.
pub(crate) fn refusal<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e DbError> {
    let mut next = Some(error);
    while let Some(this) = next {
        if let Some(refusal) = this.downcast_ref::<DbError>() {
            return Some(refusal);
        }
        next = this.source();
    }
    None
}

/// Returns the end of a message about a failed migration: the refused statement, the objects that need what it drops or
/// changes, and the sessions that blocked it.
pub(crate) fn failure(statement: Option<&str>, source: &(dyn Error + 'static), blockers: &[Blocker]) -> String {
    let statement = statement.map_or_else(String::new, |sql| format!(", at: {sql}"));
    format!("{statement}{}{}", needed_by(source), blocked_by(blockers))
}

/// For these errors, PostgreSQL's detail holds names of objects, never values of rows.
fn needed_by(error: &(dyn Error + 'static)) -> String {
    let about_names = [SqlState::DEPENDENT_OBJECTS_STILL_EXIST, SqlState::FEATURE_NOT_SUPPORTED];
    let detail = refusal(error).filter(|refusal| about_names.contains(refusal.code())).and_then(DbError::detail);
    detail.map_or_else(String::new, |detail| {
        let lines: Vec<&str> = detail.lines().collect();
        format!(
            ", since other objects depend on it: {}: drop or change them first, and create them again afterwards",
            lines.join(", ")
        )
    })
}

fn blocked_by(blockers: &[Blocker]) -> String {
    if blockers.is_empty() {
        return String::new();
    }
    let all: Vec<String> = blockers.iter().map(Blocker::to_string).collect();
    format!(", blocked by {}", all.join(" and "))
}

/// Names the migrations that a failed run applied before the failure.
pub(crate) fn kept(applied: &[String]) -> String {
    if applied.is_empty() {
        "nothing was changed".to_owned()
    } else {
        format!("applied before it and kept: {}", applied.join(", "))
    }
}
