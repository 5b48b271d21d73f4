//! Constraints: what they demand, part by part and as PostgreSQL prints it.

use crate::catalog::definition::Definition;
use crate::catalog::index::IndexState;
use crate::schema::ReferentialAction;
#[cfg(feature = "dev")]
use crate::schema::{Deferral, Validity};

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a clause of its own")]
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
    /// The columns that its index stores beside the key.
    pub(crate) include: Vec<String>,
    /// Whether it is `NO INHERIT`, which only a check can be.
    pub(crate) no_inherit: bool,
    /// Whether PostgreSQL enforces it at all (PostgreSQL 18).
    pub(crate) enforced: bool,
    /// Whether the triggers by which PostgreSQL checks it are enabled.
    pub(crate) fires: bool,
    /// Whether it is `WITHOUT OVERLAPS`, or its last column a `PERIOD` (PostgreSQL 18).
    pub(crate) period: bool,
    /// Its comment.
    pub(crate) comment: Option<String>,
    /// The objects it depends on, except tables and objects of PostgreSQL itself or of extensions, like `function slug`.
    pub(crate) needs: Vec<String>,
    /// Whether only tables that the table inherits from declare it.
    pub(crate) inherited: bool,
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
        /// The columns that `on_delete` sets, if not all (PostgreSQL 15).
        set_columns: Vec<String>,
        /// Whether it is `MATCH FULL`.
        match_full: bool,
    },
    /// `CHECK`.
    Check {
        /// The condition.
        expression: String,
    },
    /// `EXCLUDE`.
    Exclusion {
        /// Its index.
        index: Box<IndexState>,
        /// The operators, in the order of the index's entries.
        operators: Vec<String>,
    },
}

impl ConstraintState {
    /// Returns whether a model can declare the constraint.
    pub(crate) fn is_expressible(&self) -> bool {
        match &self.kind {
            ConstraintKind::Exclusion { index, operators } => {
                index.is_expressible() && operators.iter().all(|operator| !operator.starts_with("OPERATOR("))
            }
            _ => true,
        }
    }

    /// Returns whether transactions may defer it, and whether they do by default.
    #[cfg(feature = "dev")]
    pub(crate) fn deferral(&self) -> Deferral {
        match (self.deferrable, self.deferred) {
            (false, _) => Deferral::Never,
            (true, false) => Deferral::Immediate,
            (true, true) => Deferral::Deferred,
        }
    }

    /// Returns the rows for which PostgreSQL ensures it.
    #[cfg(feature = "dev")]
    pub(crate) fn validity(&self) -> Validity {
        match (self.enforced, self.valid) {
            (false, _) => Validity::NotEnforced,
            (true, false) => Validity::NotValid,
            (true, true) => Validity::Valid,
        }
    }
}

impl Definition for ConstraintState {
    fn definition(&self) -> &str {
        &self.definition
    }

    fn is_valid(&self) -> bool {
        // A constraint that is not enforced never is valid; its definition says so.
        self.valid || !self.enforced
    }

    fn fires(&self) -> bool {
        self.fires
    }

    fn comment(&self) -> Option<&String> {
        self.comment.as_ref()
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
