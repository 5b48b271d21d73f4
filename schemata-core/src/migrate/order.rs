//! Migrations that come late: pending, though a later one of their module is applied. Pure.

use crate::migrate::entry::{MigrationEntry, compare};
use crate::migrate::ledger::Applied;

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

/// The last applied migration of `entry`'s module, if it sorts after `entry`.
pub(crate) fn after<'a>(entry: &MigrationEntry, applied: &'a [Applied]) -> Option<&'a str> {
    let of_module = applied.iter().filter(|row| row.module == entry.module).map(|row| row.id.as_str());
    of_module.max_by(|a, b| compare(a, b)).filter(|last| compare(entry.id, last).is_lt())
}

/// Module and id of a late migration, and the id of the applied one.
pub(crate) type Lateness = ((&'static str, &'static str), String);

/// Those of `pending` that are late.
pub(crate) fn late<'e>(pending: impl Iterator<Item = &'e MigrationEntry>, applied: &[Applied]) -> Vec<Lateness> {
    pending.filter_map(|entry| Some(((entry.module, entry.id), after(entry, applied)?.to_owned()))).collect()
}
