//! Objects that a model leaves to the database by name: they are listed, and neither compared nor changed.

/// An object or a property of a table that its model leaves to the database.
///
/// The model may also declare such a constraint or index, in the nearest form that models have: a new table gets that form,
/// and afterwards the database's own is neither compared nor changed.
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
    /// A row security policy.
    Policy(&'static str),
    /// Whether row security is enabled.
    RowSecurity,
    /// How the table is partitioned.
    Partitioning,
    /// The tables it inherits from.
    Inheritance,
    /// Whether the table is unlogged, so that a crash empties it.
    Unlogged,
}

/// A property of a column that its model leaves to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum UnmanagedPart {
    /// Its default: an insert may leave the column out.
    Default,
    /// The expression it is generated from, and whether it is stored.
    Generated,
    /// Its collation.
    Collation,
    /// The options of the sequence that numbers it.
    Sequence,
    /// Whether its NOT NULL has been validated for existing rows (PostgreSQL 18).
    NotNull,
}

impl Unmanaged {
    /// Returns the key of the attribute, and the name that it takes.
    pub const fn attribute(self) -> (&'static str, Option<&'static str>) {
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
    /// Returns the word of the attribute.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Generated => "generated",
            Self::Collation => "collation",
            Self::Sequence => "sequence",
            Self::NotNull => "not_null",
        }
    }
}
