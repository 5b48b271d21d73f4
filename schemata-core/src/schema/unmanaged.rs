//! Objects that a model leaves to the database: named here, they are listed, and neither compared nor changed.

/// An object or a property of a table that its model leaves to the database.
///
/// A constraint or an index may also be declared by the model, in the nearest form that a model has: a new table gets it in that
/// form, and afterwards the database's own is neither compared nor changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Unmanaged {
    /// A column without a field.
    Column(&'static str),
    /// A constraint.
    Constraint(&'static str),
    /// An index.
    Index(&'static str),
    /// A trigger.
    Trigger(&'static str),
    /// A policy of row security.
    Policy(&'static str),
    /// Whether policies are enforced.
    RowSecurity,
    /// How the table is partitioned.
    Partitioning,
    /// The tables it inherits from.
    Inheritance,
    /// Whether a crash empties it.
    Unlogged,
}

/// A property of a column that its model leaves to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum UnmanagedPart {
    /// Its default: an insert may leave the column out.
    Default,
    /// The expression it is generated from, and when.
    Generated,
    /// Its collation.
    Collation,
    /// The options of the sequence that numbers it.
    Sequence,
    /// Whether its NOT NULL holds for old rows (PostgreSQL 18).
    NotNull,
}

impl Unmanaged {
    /// The key of the attribute, and the name it takes.
    pub const fn said(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Column(name) => ("column", Some(name)),
            Self::Constraint(name) => ("constraint", Some(name)),
            Self::Index(name) => ("index", Some(name)),
            Self::Trigger(name) => ("trigger", Some(name)),
            Self::Policy(name) => ("policy", Some(name)),
            Self::RowSecurity => ("row_security", None),
            Self::Partitioning => ("partitioning", None),
            Self::Inheritance => ("inheritance", None),
            Self::Unlogged => ("unlogged", None),
        }
    }
}

impl UnmanagedPart {
    /// The word of the attribute.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Generated => "generated",
            Self::Collation => "collation",
            Self::Sequence => "sequence",
            Self::NotNull => "not_null",
        }
    }
}
