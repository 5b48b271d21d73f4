//! What PostgreSQL says of a text that it refuses, with the place in the text.

use std::fmt::Write;

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::checked::CheckedQuery;
use crate::prove::queries::type_names::implied_name;

/// Returns the message, the line and the place, and what to write where that is known.
pub(crate) fn explained(query: &CheckedQuery, sql: &str, error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else { return format!("it cannot be prepared: {error}") };
    let mut text = format!("PostgreSQL: {}", named(query, db.message()));
    if let Some(ErrorPosition::Original(position)) = db.position() {
        point_at(&mut text, query, sql, usize::try_from(*position).unwrap_or(1).saturating_sub(1));
    }
    for (label, more) in [("detail", db.detail()), ("hint", db.hint())] {
        if let Some(more) = more {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "\n{label}: {}", named(query, more));
        }
    }
    if let Some(remedy) = remedy(query, db) {
        let _ = write!(text, "\n{remedy}");
    }
    text
}

/// Returns the message of a text that no function stands for, with its line and the place.
pub(crate) fn described(sql: &str, error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else { return format!("it cannot be prepared: {error}") };
    let mut text = format!("PostgreSQL: {}", db.message());
    if let Some(ErrorPosition::Original(position)) = db.position() {
        mark(&mut text, sql, usize::try_from(*position).unwrap_or(1).saturating_sub(1), |_| String::new());
    }
    for (label, more) in [("detail", db.detail()), ("hint", db.hint())] {
        if let Some(more) = more {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "\n{label}: {more}");
        }
    }
    text
}

/// Appends the line of the text with a mark under the character at `position`, and the line of the file.
fn point_at(text: &mut String, query: &CheckedQuery, sql: &str, position: usize) {
    let (.., file, first) = query.source.place;
    mark(text, sql, position, |line| format!("\n{file}:{}", first + line));
}

/// Appends the line of the text with a mark under the character at `position`. `place` says where the line is, by its number from 0.
fn mark(text: &mut String, sql: &str, position: usize, place: impl Fn(u32) -> String) {
    let at = sql.char_indices().nth(position).map_or(sql.len(), |(at, _)| at);
    let begin = sql[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = sql[at..].find('\n').map_or(sql.len(), |length| at + length);
    let indent = sql[begin..end].len() - sql[begin..end].trim_start().len();
    let line = sql[begin + indent..end].trim_end();
    let column = sql[begin..at].chars().count().saturating_sub(indent);
    let place = place(u32::try_from(sql[..begin].matches('\n').count()).unwrap_or(0));
    let _ = write!(text, "{place}\n    {line}\n    {}^", " ".repeat(column));
}

/// Adds the names of parameters to a message that numbers them.
fn named(query: &CheckedQuery, message: &str) -> String {
    let mut named = String::with_capacity(message.len());
    let mut parts = message.split('$');
    named.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let number = part[..digits].parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match number.and_then(|at| query.source.parameters.get(at)) {
            Some(parameter) => {
                let _ = write!(named, "`{{{}}}`{}", parameter.name, &part[digits..]);
            }
            None => {
                let _ = write!(named, "${part}");
            }
        }
    }
    named
}

fn remedy(query: &CheckedQuery, error: &DbError) -> Option<String> {
    if *error.code() == SqlState::INDETERMINATE_DATATYPE {
        let number = error.message().rsplit('$').next()?.parse::<usize>().ok()?;
        let parameter = query.source.parameters.get(number.checked_sub(1)?)?;
        let (name, ty) = (parameter.name, implied_name(&parameter.sql));
        return Some(format!("write the type of the parameter where it stands alone, for example `{{{name}}}::{ty}`"));
    }
    if *error.code() == SqlState::UNDEFINED_TABLE && !error.message().contains("FROM-clause") {
        return Some("no migration creates it; a table of a model is written `{Model}`".to_owned());
    }
    None
}
