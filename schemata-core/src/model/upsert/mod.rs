//! Upserts: `INSERT … ON CONFLICT`.

pub(crate) mod on_conflict;
pub(crate) mod single;
