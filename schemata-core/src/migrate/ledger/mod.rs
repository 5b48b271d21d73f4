//! The ledger, `schema_migrations` in the migrated schema: what ran, with its checksum and its statements, and how far a
//! migration came that runs step by step.

mod identity;
pub(crate) mod many_schemas;
mod read;
mod shape;
mod write;

pub(crate) use identity::Identity;
pub(crate) use read::{Applied, Checkpoint, Unfinished, list, listed, past, read, table};
pub use read::{Past, Steps};
pub(crate) use shape::{Shape, create, ours, shape, upgrade};
pub(crate) use write::{Advance, Entry, Row, advance, begin, refresh, repair, write};
