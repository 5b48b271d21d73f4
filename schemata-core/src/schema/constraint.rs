//! Constraints and indexes, as a model declares them.

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
pub enum Action {
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

/// `CREATE INDEX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Index {
    /// What is indexed, in order.
    pub parts: &'static [IndexPart],
    /// Whether the index forbids equal entries.
    pub unique: bool,
    /// The access method, like `gin`; `btree` when `None`.
    pub using: Option<&'static str>,
    /// The predicate of a partial index, as written.
    pub predicate: Option<&'static str>,
    /// Columns stored with the entries, not searched.
    pub include: &'static [&'static str],
    /// The name given; else one is made of table and columns.
    pub name: Option<&'static str>,
}

/// One entry of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexPart {
    /// A column.
    Column(&'static str, IndexOrder),
    /// An expression, as written.
    Expression(&'static str),
}

/// The order of an index column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexOrder {
    /// Ascending.
    Ascending,
    /// Descending.
    Descending,
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

impl Index {
    /// An index over `parts`.
    pub const fn new(parts: &'static [IndexPart]) -> Self {
        Self { parts, unique: false, using: None, predicate: None, include: &[], name: None }
    }

    /// Forbids equal entries.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Chooses the access method.
    #[must_use]
    pub const fn using(mut self, method: &'static str) -> Self {
        self.using = Some(method);
        self
    }

    /// Indexes only the rows that satisfy `predicate`.
    #[must_use]
    pub const fn predicate(mut self, predicate: &'static str) -> Self {
        self.predicate = Some(predicate);
        self
    }

    /// Stores further columns with the entries.
    #[must_use]
    pub const fn include(mut self, columns: &'static [&'static str]) -> Self {
        self.include = columns;
        self
    }

    /// Names the index.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }
}
