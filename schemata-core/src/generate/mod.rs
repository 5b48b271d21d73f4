//! `generate`: the migration that leads from where the migrations end to where the models are, as a Rust file.
//!
//! Both ends are catalogs that PostgreSQL printed: a replay of the migrations, and the models' own DDL, each on a scratch
//! database. Their difference becomes steps (`diff`), which are tried on the replay (`trial`) before they are written
//! (`code`, `file`). What would lose data is never done of its own accord: such a step comes commented.

mod action;
mod cast;
mod change;
mod code;
mod diff;
mod draft;
mod error;
mod file;
mod frozen;
mod inspect;
mod literal;
mod name;
mod renames;
mod sketch;
mod target;
mod trial;
mod words;

pub use draft::Draft;
pub use error::GenerateError;
pub use file::Written;
pub(crate) use file::formatted;
pub use inspect::{InspectedItem, Inspection};
pub(crate) use literal::prose;
pub use sketch::LeftOut;
