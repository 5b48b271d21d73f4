//! Migrations that come late: pending, though a later one of their module is applied.

/// What to do with pending migrations that sort before an applied one, as happens when branches are merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutOfOrder {
    /// Run them, and say so: the set of applied migrations decides.
    #[default]
    Allow,
    /// Run nothing.
    Error,
}

/// A pending migration, and an applied one of its module that sorts after it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Late {
    /// The pending one's id.
    pub id: String,
    /// The last applied one's.
    pub after: String,
}
