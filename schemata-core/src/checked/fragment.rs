//! Pieces of SQL that stand in the program and are not functions: fragments of `sql!` and texts of `raw_sql!`.

use crate::schema::{ColumnType, SqlType};

/// A fragment of `sql!`, or a text of `raw_sql!`, for the check.
#[doc(hidden)]
#[derive(Debug)]
pub struct CheckedText {
    /// The file and the line.
    pub place: (&'static str, u32),
    /// The text around the holes. A text of `raw_sql!` has one piece.
    pub pieces: &'static [&'static str],
    /// The type of each hole, if it is a column.
    pub holes: &'static [Option<&'static SqlType>],
    /// The type of the fragment, and how it is written; `None` for a statement.
    pub returns: Option<(&'static SqlType, &'static str)>,
}

/// Returns the type of a column in a hole.
#[doc(hidden)]
pub const fn hole_of<M, T: ColumnType, A>(_: &crate::query::Col<M, T, A>) -> &'static SqlType {
    &T::SQL_TYPE
}
