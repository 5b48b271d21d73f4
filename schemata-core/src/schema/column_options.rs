//! Options of columns that few columns have: the sequence that numbers them, NOT NULL as a constraint, how values are
//! stored.

/// The options of the sequence of an identity or `serial` column. `None` means PostgreSQL's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SequenceOptions {
    /// `START WITH`.
    pub start: Option<i64>,
    /// `INCREMENT BY`.
    pub increment: Option<i64>,
    /// `MINVALUE`.
    pub min: Option<i64>,
    /// `MAXVALUE`.
    pub max: Option<i64>,
    /// `CACHE`.
    pub cache: Option<i64>,
    /// `CYCLE`.
    pub cycle: bool,
    /// `AS`: the type of a `serial` column's sequence, if not the column's.
    pub sql_type: Option<&'static str>,
}

/// NOT NULL with a name or a clause of its own (PostgreSQL 18 and newer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotNull {
    /// The declared name; by default, it is derived from table and column.
    pub name: Option<&'static str>,
    /// Whether tables that inherit from this one do without it.
    pub no_inherit: bool,
    /// Whether existing rows may hold NULL. The field is an `Option` then.
    pub not_valid: bool,
    /// `COMMENT ON CONSTRAINT`.
    pub comment: Option<&'static str>,
}

/// Where PostgreSQL keeps the values of a column, and whether it compresses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In the row, uncompressed.
    Plain,
    /// Out of the row, uncompressed.
    External,
    /// Compressed, out of the row if need be.
    Extended,
    /// Compressed, in the row if possible.
    Main,
}

impl SequenceOptions {
    /// Makes options that are all defaults.
    #[expect(clippy::new_without_default, reason = "constants are made by `new`")]
    pub const fn new() -> Self {
        Self { start: None, increment: None, min: None, max: None, cache: None, cycle: false, sql_type: None }
    }

    /// Sets the first number.
    #[must_use]
    pub const fn start(mut self, number: i64) -> Self {
        self.start = Some(number);
        self
    }

    /// Sets the difference between two numbers.
    #[must_use]
    pub const fn increment(mut self, number: i64) -> Self {
        self.increment = Some(number);
        self
    }

    /// Sets the least number.
    #[must_use]
    pub const fn min(mut self, number: i64) -> Self {
        self.min = Some(number);
        self
    }

    /// Sets the greatest number.
    #[must_use]
    pub const fn max(mut self, number: i64) -> Self {
        self.max = Some(number);
        self
    }

    /// Sets how many numbers a session takes at once.
    #[must_use]
    pub const fn cache(mut self, count: i64) -> Self {
        self.cache = Some(count);
        self
    }

    /// Begins again after the last number.
    #[must_use]
    pub const fn cycle(mut self) -> Self {
        self.cycle = true;
        self
    }

    /// Sets the type of a `serial` column's sequence.
    #[must_use]
    pub const fn sql_type(mut self, name: &'static str) -> Self {
        self.sql_type = Some(name);
        self
    }

    /// Returns the options as CREATE SEQUENCE takes them, like `START WITH 100 CYCLE`.
    pub(crate) fn sql(&self) -> String {
        let number = |words: &str, number: Option<i64>| number.map(|number| format!("{words} {number}"));
        let parts = [
            self.sql_type.map(|name| format!("AS {name}")),
            number("START WITH", self.start),
            number("INCREMENT BY", self.increment),
            number("MINVALUE", self.min),
            number("MAXVALUE", self.max),
            number("CACHE", self.cache),
            self.cycle.then(|| "CYCLE".to_owned()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl NotNull {
    /// Makes a plain NOT NULL.
    #[expect(clippy::new_without_default, reason = "constants are made by `new`")]
    pub const fn new() -> Self {
        Self { name: None, no_inherit: false, not_valid: false, comment: None }
    }

    /// Sets the name.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Spares tables that inherit from this one.
    #[must_use]
    pub const fn no_inherit(mut self) -> Self {
        self.no_inherit = true;
        self
    }

    /// Lets existing rows hold NULL.
    #[must_use]
    pub const fn not_valid(mut self) -> Self {
        self.not_valid = true;
        self
    }

    /// Sets the comment.
    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }
}

impl Storage {
    /// Returns the word of SQL.
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::External => "EXTERNAL",
            Self::Extended => "EXTENDED",
            Self::Main => "MAIN",
        }
    }
}
