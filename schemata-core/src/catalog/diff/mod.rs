//! The differences between two catalogs.
//!
//! `pairs` is the one comparison, as data: which objects of two catalogs belong together. `report` makes sentences of
//! it, in the words of `comparison` and `wording`; `generate` makes the steps of a migration of it.

pub(super) mod blocked_renames;
pub(super) mod comparison;
pub(super) mod pairs;
pub(super) mod report;
mod wording;
