//! Constraints and indexes: what they demand, part by part, and as PostgreSQL prints it.

use crate::schema::Action;

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConstraintState {
    /// What it demands, like `UNIQUE (email)`. Equal texts are equal constraints.
    pub definition: String,
    /// Whether old rows are known to satisfy it: a foreign key or a check may be `NOT VALID`.
    pub valid: bool,
    /// What kind of constraint it is.
    pub kind: ConstraintKind,
    /// Its columns, in order; those a check names.
    pub columns: Vec<String>,
    /// Whether a transaction may put it off.
    pub deferrable: bool,
    /// Whether transactions put it off unless they say otherwise.
    pub deferred: bool,
    /// Its further clauses, like `MATCH FULL`, `NO INHERIT` or `INCLUDE`.
    pub further: Vec<String>,
}

/// The kinds of constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `UNIQUE`.
    Unique {
        /// Whether two NULLs count as equal (PostgreSQL 15).
        nulls_not_distinct: bool,
    },
    /// `FOREIGN KEY`.
    ForeignKey {
        /// The referenced table, called as in [`Catalog::tables`](crate::catalog::Catalog::tables).
        target: String,
        /// The referenced columns, in the order of the constraint's own.
        target_columns: Vec<String>,
        /// What happens to the row when the referenced one is deleted.
        on_delete: Action,
        /// What happens to the row when the referenced key changes.
        on_update: Action,
    },
    /// `CHECK`.
    Check {
        /// The condition.
        expression: String,
    },
    /// `EXCLUDE`.
    Exclusion,
}

/// An index that belongs to no constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexState {
    /// How it is built, like `UNIQUE btree (lower(email))`. Equal texts are equal indexes.
    pub definition: String,
    /// Whether queries use it: a failed `CREATE INDEX CONCURRENTLY` leaves one they do not.
    pub valid: bool,
    /// Whether it forbids equal entries.
    pub unique: bool,
    /// Whether two NULLs are equal entries (PostgreSQL 15).
    pub nulls_not_distinct: bool,
    /// The access method, like `btree`.
    pub method: String,
    /// What is indexed, in order.
    pub parts: Vec<IndexPartState>,
    /// Columns stored with the entries, not searched.
    pub include: Vec<String>,
    /// The predicate of a partial index.
    pub predicate: Option<String>,
    /// Storage parameters, like `fillfactor=70`.
    pub options: Vec<String>,
}

/// One entry of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexPartState {
    /// What is indexed.
    pub key: IndexKey,
    /// Whether it is sorted downwards.
    pub descending: bool,
    /// Whether NULLs come first: usual when `descending`, unusual otherwise.
    pub nulls_first: bool,
    /// The operator class, where it is not the type's.
    pub operator_class: Option<String>,
    /// The collation, where it is not the column's.
    pub collation: Option<String>,
}

/// What an entry of an index is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexKey {
    /// A column.
    Column(String),
    /// An expression.
    Expression(String),
}

impl ConstraintState {
    /// Whether a model can declare it.
    pub fn is_expressible(&self) -> bool {
        !self.deferrable && self.further.is_empty() && self.kind != ConstraintKind::Exclusion
    }

    /// Whether it differs from `other` in nothing that models can say.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.columns == other.columns
    }
}

impl IndexState {
    /// Whether a model can declare it.
    pub fn is_expressible(&self) -> bool {
        self.options.is_empty() && !self.nulls_not_distinct && self.parts.iter().all(IndexPartState::is_expressible)
    }

    /// Whether it differs from `other` in nothing that models can say.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        let parts =
            |index: &Self| -> Vec<_> { index.parts.iter().map(|part| (part.key.clone(), part.descending)).collect() };
        (self.unique, &self.method, &self.include, &self.predicate)
            == (other.unique, &other.method, &other.include, &other.predicate)
            && parts(self) == parts(other)
    }
}

impl IndexPartState {
    fn is_expressible(&self) -> bool {
        let plain = match self.key {
            IndexKey::Column(_) => self.nulls_first == self.descending,
            IndexKey::Expression(_) => !self.descending && !self.nulls_first,
        };
        plain && self.operator_class.is_none() && self.collation.is_none()
    }
}

/// What constraints and indexes have in common.
pub(crate) trait Named {
    fn definition(&self) -> &str;
    fn is_valid(&self) -> bool;
    fn is_expressible(&self) -> bool;
    fn looks_like(&self, other: &Self) -> bool;
}

impl Named for ConstraintState {
    fn definition(&self) -> &str {
        &self.definition
    }
    fn is_valid(&self) -> bool {
        self.valid
    }
    fn is_expressible(&self) -> bool {
        Self::is_expressible(self)
    }
    fn looks_like(&self, other: &Self) -> bool {
        Self::looks_like(self, other)
    }
}

impl Named for IndexState {
    fn definition(&self) -> &str {
        &self.definition
    }
    fn is_valid(&self) -> bool {
        self.valid
    }
    fn is_expressible(&self) -> bool {
        Self::is_expressible(self)
    }
    fn looks_like(&self, other: &Self) -> bool {
        Self::looks_like(self, other)
    }
}
