//! [`WrongQuery`]: a query that does not do what its function says.

use std::fmt;

use crate::checked::{CheckedQuery, CheckedText};

/// A query whose text PostgreSQL refuses, or whose parameters and columns are not those of its function; or a fragment or a raw
/// text that it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongQuery {
    /// The function; `sql!` or `raw_sql!` for a fragment or a raw text.
    pub name: &'static str,
    /// The file that it is in.
    pub file: &'static str,
    /// Its line.
    pub line: u32,
    /// What is wrong, and what to write.
    pub problems: Vec<String>,
}

impl WrongQuery {
    pub(crate) fn new(query: &CheckedQuery, problems: Vec<String>) -> Self {
        let (file, line, ..) = query.source.place;
        Self { name: query.source.name, file, line, problems }
    }

    pub(crate) fn of_text(text: &CheckedText, problem: String) -> Self {
        let name = if text.returns.is_some() { "sql!" } else { "raw_sql!" };
        Self { name, file: text.place.0, line: text.place.1, problems: vec![problem] }
    }
}

/// The place and the function, then each problem with a dash before it.
impl fmt::Display for WrongQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: `{}`", self.file, self.line, self.name)?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  - {}", problem.replace('\n', "\n    ")))
    }
}
