//! Which statements are dangerous on a large table that is in use: what they lock and for how long, and what to write instead.
//!
//! Pure: by the words of the statements alone; what the live tables have to say to it stands in `live`. Not seen through are
//! `DO` blocks and functions, and what a dynamic migration does after its first read.

mod actions;
mod alter;
mod column;
pub(crate) mod danger;
pub(crate) mod find;
pub(crate) mod live;
mod other;
pub(crate) mod past;
pub(crate) mod refusal;
mod widening;

pub use refusal::{Hazardous, HazardousStep};

/// A statement that would keep others from a large table, or a table from others, for long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hazard {
    /// The table; with its schema where that is not the migrated one.
    pub table: String,
    /// What PostgreSQL locks, and what it does meanwhile.
    pub why: String,
    /// What to write instead, as statements of a migration.
    pub safe_form: String,
}
