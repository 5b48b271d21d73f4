//! The rules that the values of a write break: all of them at once, in a form that an API can return.

use std::fmt;

/// A value or a row that breaks a rule. It does not contain the value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The row's position in the batch, the first being 0; 0 for a single row.
    pub row: usize,
    /// The column; `None` if the row as a whole breaks the rule.
    pub column: Option<&'static str>,
    /// The rule, for programs: `max_length`, `precision`, `scale`, `nul`, `duplicate`, `required`,
    /// `immutable`, or a name of your own.
    pub rule: &'static str,
    /// The rule, for people: "is longer than 20 characters".
    pub message: String,
}

/// All violations of a write. Nothing was stored.
///
/// With the feature `json` it serialises as `{"table": "orders", "violations": [{"row": 0, "column": "status", …}]}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violations {
    /// The table.
    pub table: &'static str,
    /// In the order of the rows; never empty in an error.
    pub all: Vec<Violation>,
}

impl Violations {
    /// Creates an empty list.
    pub(crate) fn of(table: &'static str) -> Self {
        Self { table, all: Vec::new() }
    }

    /// Adds a violation.
    pub(crate) fn add(&mut self, row: usize, column: Option<&'static str>, rule: &'static str, message: String) {
        self.all.push(Violation { row, column, rule, message });
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "{column} of row {} {}", self.row, self.message),
            None => write!(f, "row {} {}", self.row, self.message),
        }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        for (i, violation) in self.all.iter().take(SHOWN).enumerate() {
            write!(f, "{}{violation}", if i > 0 { "; " } else { "" })?;
        }
        match self.all.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(feature = "json")]
impl serde::Serialize for Violation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Violation", 4)?;
        fields.serialize_field("row", &self.row)?;
        fields.serialize_field("column", &self.column)?;
        fields.serialize_field("rule", self.rule)?;
        fields.serialize_field("message", &self.message)?;
        fields.end()
    }
}

#[cfg(feature = "json")]
impl serde::Serialize for Violations {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Violations", 2)?;
        fields.serialize_field("table", self.table)?;
        fields.serialize_field("violations", &self.all)?;
        fields.end()
    }
}
