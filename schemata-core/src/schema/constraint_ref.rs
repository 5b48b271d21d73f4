//! A reference to a constraint of a table by its position, which a constant can hold.

/// A reference to a constraint of a table, or to a unique index, whose violation PostgreSQL reports alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintRef {
    /// The primary key.
    PrimaryKey,
    /// A position in [`uniques`](crate::schema::Table).
    Unique(usize),
    /// A position in [`checks`](crate::schema::Table).
    Check(usize),
    /// A position in [`foreign_keys`](crate::schema::Table).
    ForeignKey(usize),
    /// A position in [`indexes`](crate::schema::Table).
    Index(usize),
}
