//! What errors list, in words.

use std::error::Error;

use tokio_postgres::error::{DbError, SqlState};

use crate::migrate::order::Late;
use crate::migrate::report::LockHolder;

/// An applied migration that does something else now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edit {
    /// Its module.
    pub module: String,
    /// Its id.
    pub id: String,
    /// The checksum it was applied with.
    pub stored: String,
    /// The checksum it has now.
    pub current: String,
}

pub(crate) fn edited(edits: &[Edit]) -> String {
    let list: Vec<String> = edits
        .iter()
        .map(|edit| format!("{}:{} (applied as {}, now {})", edit.module, edit.id, edit.stored, edit.current))
        .collect();
    format!(
        "applied migrations have been edited: {}; undo the edit and write a new migration instead; where a \
         live model changed that they use, give them a frozen copy of it; for an edit that changes nothing where it ran \
         already: `migrate repair ID --reason \"…\"`",
        list.join(", ")
    )
}

/// An applied migration that the program has in another module.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The migration's id.
    pub id: String,
    /// The module in which it is applied.
    pub from: String,
    /// The module in which the program has it.
    pub to: String,
}

/// What to do about applied migrations that the program lacks: `crate_name` is the crate that may hold them.
pub(crate) fn bring_back(moved: Option<&Moved>, crate_name: Option<&str>) -> String {
    if let Some(Moved { id, from, to }) = moved {
        return format!(
            "this program has {id} in module {to}: migrations that move to another crate keep their module: write \
             `#[migration(\"{id}\", module = \"{from}\")]` there"
        );
    }
    match crate_name {
        Some(name) => format!(
            "if a crate holds them, name it in your code: `use {name} as _;`; if a newer release applied them, run that one"
        ),
        None => "if a newer release applied them, run that one; if their files were removed, put them back".to_owned(),
    }
}

pub(crate) fn out_of_order(late: &[Late]) -> String {
    let list: Vec<String> = late.iter().map(|late| format!("{} before {}", late.id, late.after)).collect();
    format!(
        "pending migrations sort before applied ones: {}; give them ids that sort last, or allow it with `--out-of-order allow`",
        list.join(", ")
    )
}

pub(crate) fn kept(applied: &[String]) -> String {
    if applied.is_empty() {
        "nothing was changed".to_owned()
    } else {
        format!("applied before it and kept: {}", applied.join(", "))
    }
}

pub(crate) fn held_by(holder: Option<&LockHolder>) -> String {
    holder.map_or(String::new(), |holder| format!(", held by {holder}"))
}

/// Returns PostgreSQL's error, wherever in the chain of causes it is.
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

/// Returns a phrase that names the objects that need the column, table or type which a statement drops or changes. For these
/// errors, PostgreSQL's detail holds names, never values of rows.
pub(crate) fn needed_by(error: &(dyn Error + 'static)) -> String {
    let about_names = [SqlState::DEPENDENT_OBJECTS_STILL_EXIST, SqlState::FEATURE_NOT_SUPPORTED];
    let detail = refusal(error).filter(|refusal| about_names.contains(refusal.code())).and_then(DbError::detail);
    detail.map_or(String::new(), |detail| {
        let lines: Vec<&str> = detail.lines().collect();
        format!(", since it is needed: {}: drop or change that first, and make it again afterwards", lines.join(", "))
    })
}
