//! A reference to a constraint of a table by its position, which a constant can hold.

/// A reference to a constraint of a table, or to a unique index, whose violation PostgreSQL reports alike.
///
/// ```
/// # use schemata::schema::{ConstraintRef, Table};
/// fn columns(of: ConstraintRef, table: &Table) -> &'static [&'static str] {
///     match of {
///         ConstraintRef::PrimaryKey => table.primary_key,
///         ConstraintRef::ForeignKey(at) => table.foreign_keys[at].columns,
///         _ => &[],
///     }
/// }
/// # const TABLE: Table = Table::new("orders", &[], &["id"]);
/// # assert_eq!(columns(ConstraintRef::PrimaryKey, &TABLE), ["id"]);
/// ```
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
    /// A position in [`excludes`](crate::schema::Table).
    Exclude(usize),
}
