//! Constraints, as a model declares them.

/// `UNIQUE (…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unique {
    /// The columns, in order.
    pub columns: &'static [&'static str],
    /// Whether two NULLs count as equal (PostgreSQL 15 and newer).
    pub nulls_not_distinct: bool,
    /// The name given; else one is made of table and columns.
    pub name: Option<&'static str>,
}

/// `CHECK (…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// The condition, as written.
    pub sql: &'static str,
}

/// A referential action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferentialAction {
    /// Refuse, at the end of the statement: PostgreSQL's default.
    NoAction,
    /// Refuse at once.
    Restrict,
    /// Delete or change the referencing rows too.
    Cascade,
    /// Set the referencing columns to NULL.
    SetNull,
    /// Set the referencing columns to their defaults.
    SetDefault,
}

impl Unique {
    /// Unique over `columns`.
    pub const fn new(columns: &'static [&'static str]) -> Self {
        Self { columns, nulls_not_distinct: false, name: None }
    }

    /// Counts two NULLs as equal.
    #[must_use]
    pub const fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }

    /// Names the constraint.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }
}

impl Check {
    /// Holds every row to `sql`.
    pub const fn new(name: &'static str, sql: &'static str) -> Self {
        Self { name, sql }
    }
}
