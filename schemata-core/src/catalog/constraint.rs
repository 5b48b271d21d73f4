//! Constraints: what they demand, part by part and as PostgreSQL prints it.

use crate::catalog::definition::Definition;
use crate::schema::ReferentialAction;

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConstraintState {
    /// The definition, like `UNIQUE (email)`. Constraints with equal definitions are equal.
    pub(crate) definition: String,
    /// Whether existing rows are known to satisfy it: a foreign key or a check may be `NOT VALID`.
    pub(crate) valid: bool,
    /// The kind of the constraint.
    pub(crate) kind: ConstraintKind,
    /// Its columns, in order; for a check, the columns that it names.
    pub(crate) columns: Vec<String>,
    /// Whether a transaction may defer it.
    pub(crate) deferrable: bool,
    /// Whether transactions defer it by default.
    pub(crate) deferred: bool,
    /// Its further clauses, like `MATCH FULL`, `NO INHERIT` or `INCLUDE`.
    pub(crate) further: Vec<String>,
    /// The objects it depends on, except tables and objects of PostgreSQL itself or of extensions, like `function slug`.
    pub(crate) needs: Vec<String>,
}

/// The kinds of constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `UNIQUE`.
    Unique {
        /// Whether two NULLs count as equal (PostgreSQL 15).
        nulls_not_distinct: bool,
    },
    /// `FOREIGN KEY`.
    ForeignKey {
        /// The referenced table, by its key in [`Catalog::tables`](crate::catalog::Catalog::tables).
        target: String,
        /// The referenced columns, in the order of the constraint's own.
        target_columns: Vec<String>,
        /// The action on the row when the referenced row is deleted.
        on_delete: ReferentialAction,
        /// The action on the row when the referenced key changes.
        on_update: ReferentialAction,
    },
    /// `CHECK`.
    Check {
        /// The condition.
        expression: String,
    },
    /// `EXCLUDE`.
    Exclusion,
}

impl ConstraintState {
    /// Returns whether a model can declare the constraint.
    pub(crate) fn is_expressible(&self) -> bool {
        !self.deferrable && self.further.is_empty() && self.kind != ConstraintKind::Exclusion
    }
}

impl Definition for ConstraintState {
    fn definition(&self) -> &str {
        &self.definition
    }

    fn is_valid(&self) -> bool {
        self.valid
    }

    fn is_expressible(&self) -> bool {
        Self::is_expressible(self)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.definition == other.definition
    }

    fn is_same_to_models(&self, other: &Self) -> bool {
        self.kind == other.kind && self.columns == other.columns
    }
}
