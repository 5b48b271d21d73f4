//! Objects and properties that a model leaves to the database: they are listed, but neither compared nor changed.

/// An object or a property of a table that its model leaves to the database.
///
/// The model may also declare such a constraint or index in the nearest form that it can express: a new table gets that
/// form, and afterwards the one in the database is neither compared nor changed.
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
    /// The tables that it inherits from.
    Inheritance,
    /// Whether the table is unlogged, so that a crash empties it.
    Unlogged,
    /// Its storage parameters, like `autovacuum_enabled`.
    StorageParameters,
}

/// A property of a column that its model leaves to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum UnmanagedPart {
    /// The default; an insert may leave the column out.
    Default,
    /// The expression of a generated column, and whether it is stored.
    Generated,
    /// The collation.
    Collation,
    /// The options of its sequence.
    Sequence,
    /// Whether NOT NULL has been validated for existing rows (PostgreSQL 18).
    NotNull,
    /// How its values are stored and compressed.
    Storage,
    /// Its statistics target, `n_distinct` and `n_distinct_inherited`.
    Statistics,
}

impl Unmanaged {
    /// Returns the key of the attribute and the name that it takes, as in `#[table(unmanaged(index = "…"))]`.
    pub(crate) const fn attribute(self) -> (&'static str, Option<&'static str>) {
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
            Self::StorageParameters => ("storage_parameters", None),
        }
    }
}
