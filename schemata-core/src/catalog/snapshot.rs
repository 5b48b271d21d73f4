//! A catalog as a value: everything models can express, in the canonical text PostgreSQL prints.

use std::collections::BTreeMap;

/// The contents of some schemas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Catalog {
    /// The tables, by name. A table outside the main schema is called `schema.table`.
    pub tables: BTreeMap<String, TableState>,
    /// The enum types and their labels, in order.
    pub enums: BTreeMap<String, Vec<String>>,
    /// What models cannot express, like `view recent_orders`: listed, never compared.
    pub others: Vec<String>,
}

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableState {
    /// The columns, by name: their order does not count.
    pub columns: BTreeMap<String, ColumnState>,
    /// Keys, checks and foreign keys, by name.
    pub constraints: BTreeMap<String, ConstraintState>,
    /// Indexes that belong to no constraint, by name.
    pub indexes: BTreeMap<String, ConstraintState>,
    /// Its comment.
    pub comment: Option<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnState {
    /// Its type, with modifiers.
    pub sql_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Its default, or the expression it is generated from.
    pub default: Option<String>,
    /// Whether `default` is what it is generated from.
    pub generated: bool,
    /// `always` or `by default`, where PostgreSQL numbers it.
    pub identity: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A constraint or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConstraintState {
    /// What it demands, like `UNIQUE (email)`, or how it is built, like `UNIQUE btree (lower(email))`.
    pub definition: String,
    /// Whether it holds: a foreign key or check may not be validated, an index may be invalid.
    pub valid: bool,
}
