//! Unique, check and exclusion constraints, and the clauses that constraints share, as a model declares them.

use crate::schema::index::IndexPart;

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
    /// The clauses that unique constraints share with primary keys.
    pub options: KeyOptions,
}

/// The clauses of a primary key or a unique constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyOptions {
    /// When the key is checked.
    pub deferral: Deferral,
    /// Further columns that its index stores: `INCLUDE (…)`.
    pub include: &'static [&'static str],
    /// Whether rows with equal first columns must not overlap in the last one, a range (PostgreSQL 18 and newer).
    pub without_overlaps: bool,
    /// `COMMENT ON CONSTRAINT`.
    pub comment: Option<&'static str>,
}

/// `CHECK (…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The name.
    pub name: &'static str,
    /// The condition as written.
    pub sql: &'static str,
    /// Whether tables that inherit from this one do without the check.
    pub no_inherit: bool,
    /// The rows for which PostgreSQL ensures it.
    pub validity: Validity,
    /// `COMMENT ON CONSTRAINT`.
    pub comment: Option<&'static str>,
}

/// `EXCLUDE USING … (… WITH …)`: for any two rows, at least one of the operators must not be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exclude {
    /// The columns and expressions, each with its operator.
    pub parts: &'static [ExcludePart],
    /// The access method, for example `gist`; `None` means `btree`.
    pub using: Option<&'static str>,
    /// The condition for rows to take part, as written.
    pub predicate: Option<&'static str>,
    /// Further columns that are stored with the entries: `INCLUDE (…)`.
    pub include: &'static [&'static str],
    /// Storage parameters of its index, with their values as written.
    pub with: &'static [(&'static str, &'static str)],
    /// When it is checked.
    pub deferral: Deferral,
    /// The declared name; by default, it is derived from table and columns.
    pub name: Option<&'static str>,
    /// `COMMENT ON CONSTRAINT`.
    pub comment: Option<&'static str>,
}

/// A column or an expression of an exclusion constraint, with the operator that compares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExcludePart {
    /// The column or expression.
    pub part: IndexPart,
    /// The operator, like `=` or `&&`.
    pub operator: &'static str,
}

/// When PostgreSQL checks a constraint. A constraint that can be deferred is no target of `ON CONFLICT`, and no foreign
/// key can reference it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferral {
    /// During each statement. PostgreSQL's default.
    Never,
    /// `DEFERRABLE`: after each statement, unless the transaction says `SET CONSTRAINTS … DEFERRED`.
    Immediate,
    /// `DEFERRABLE INITIALLY DEFERRED`: at COMMIT, unless the transaction says `SET CONSTRAINTS … IMMEDIATE`.
    Deferred,
}

/// The rows for which PostgreSQL ensures a foreign key or a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// All rows. PostgreSQL's default.
    Valid,
    /// `NOT VALID`: rows that are inserted or changed from then on.
    NotValid,
    /// `NOT ENFORCED`: none (PostgreSQL 18 and newer).
    NotEnforced,
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
        Self { columns, nulls_not_distinct: false, name: None, options: KeyOptions::new() }
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

    /// Sets the further clauses.
    #[must_use]
    pub const fn options(mut self, options: KeyOptions) -> Self {
        self.options = options;
        self
    }

    /// Returns whether the key can be a target of `ON CONFLICT` and of foreign keys: it is neither deferrable nor about
    /// overlaps.
    pub(crate) const fn is_plain(&self) -> bool {
        self.options.is_plain()
    }
}

impl KeyOptions {
    /// Makes the options of a plain key.
    #[expect(clippy::new_without_default, reason = "constants are made by `new`")]
    pub const fn new() -> Self {
        Self { deferral: Deferral::Never, include: &[], without_overlaps: false, comment: None }
    }

    /// Sets when the key is checked.
    #[must_use]
    pub const fn deferral(mut self, deferral: Deferral) -> Self {
        self.deferral = deferral;
        self
    }

    /// Stores further columns in the index.
    #[must_use]
    pub const fn include(mut self, columns: &'static [&'static str]) -> Self {
        self.include = columns;
        self
    }

    /// Forbids that rows overlap in the last column, a range (PostgreSQL 18 and newer).
    #[must_use]
    pub const fn without_overlaps(mut self) -> Self {
        self.without_overlaps = true;
        self
    }

    /// Sets the comment.
    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }

    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self.deferral, Deferral::Never) && !self.without_overlaps
    }
}

impl Check {
    /// Makes a check constraint with the condition `sql`.
    pub const fn new(name: &'static str, sql: &'static str) -> Self {
        Self { name, sql, no_inherit: false, validity: Validity::Valid, comment: None }
    }

    /// Spares tables that inherit from this one the check.
    #[must_use]
    pub const fn no_inherit(mut self) -> Self {
        self.no_inherit = true;
        self
    }

    /// Sets the rows for which PostgreSQL ensures it.
    #[must_use]
    pub const fn validity(mut self, validity: Validity) -> Self {
        self.validity = validity;
        self
    }

    /// Sets the comment.
    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }
}

impl Exclude {
    /// Makes an exclusion constraint over `parts`.
    pub const fn new(parts: &'static [ExcludePart]) -> Self {
        Self {
            parts,
            using: None,
            predicate: None,
            include: &[],
            with: &[],
            deferral: Deferral::Never,
            name: None,
            comment: None,
        }
    }

    /// Sets the access method.
    #[must_use]
    pub const fn using(mut self, method: &'static str) -> Self {
        self.using = Some(method);
        self
    }

    /// Compares only the rows that satisfy `predicate`.
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

    /// Sets storage parameters of the index.
    #[must_use]
    pub const fn with(mut self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        self.with = parameters;
        self
    }

    /// Sets when it is checked.
    #[must_use]
    pub const fn deferral(mut self, deferral: Deferral) -> Self {
        self.deferral = deferral;
        self
    }

    /// Sets the name.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Sets the comment.
    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }
}

impl ExcludePart {
    /// Makes a part that is compared by `operator`.
    pub const fn new(part: IndexPart, operator: &'static str) -> Self {
        Self { part, operator }
    }
}

impl Deferral {
    /// Returns the clauses, with a space before them.
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Self::Never => "",
            Self::Immediate => " DEFERRABLE",
            Self::Deferred => " DEFERRABLE INITIALLY DEFERRED",
        }
    }
}
