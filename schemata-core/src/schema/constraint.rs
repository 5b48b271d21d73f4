//! Unique and check constraints, and the actions of foreign keys, as a model declares them.

/// `UNIQUE (…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unique {
    /// The columns in order.
    pub columns: &'static [&'static str],
    /// Whether two NULLs count as equal (PostgreSQL 15 and newer).
    pub nulls_not_distinct: bool,
    /// The declared name; by default, it is derived from table and columns.
    pub name: Option<&'static str>,
}

/// `CHECK (…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The name.
    pub name: &'static str,
    /// The condition as written.
    pub sql: &'static str,
}

/// What a foreign key does to referencing rows when the referenced row is deleted or its key changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferentialAction {
    /// Refuses the change at the end of the statement. PostgreSQL's default.
    NoAction,
    /// Refuses the change at once.
    Restrict,
    /// Deletes or changes the referencing rows too.
    Cascade,
    /// Sets the referencing columns to NULL.
    SetNull,
    /// Sets the referencing columns to their defaults.
    SetDefault,
}

impl Unique {
    /// Makes a unique constraint on `columns`.
    pub const fn new(columns: &'static [&'static str]) -> Self {
        Self { columns, nulls_not_distinct: false, name: None }
    }

    /// Treats NULLs as equal (PostgreSQL 15 and newer).
    #[must_use]
    pub const fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }

    /// Sets the name.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }
}

impl Check {
    /// Makes a check constraint with the condition `sql`.
    pub const fn new(name: &'static str, sql: &'static str) -> Self {
        Self { name, sql }
    }
}
