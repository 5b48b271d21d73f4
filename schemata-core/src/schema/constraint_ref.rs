//! Which of a table's constraints: by its place in the table, as a constant can say it.

/// A constraint of a table, or a unique index, which PostgreSQL reports like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintRef {
    /// The primary key.
    PrimaryKey,
    /// A place in [`uniques`](crate::schema::Table).
    Unique(usize),
    /// A place in [`checks`](crate::schema::Table).
    Check(usize),
    /// A place in [`foreign_keys`](crate::schema::Table).
    ForeignKey(usize),
    /// A place in [`indexes`](crate::schema::Table).
    Index(usize),
}
