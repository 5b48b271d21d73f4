//! `generate`: the migration that leads from where the migrations end to where the models are, as a Rust file.
//!
//! Both ends are catalogs that PostgreSQL printed: a replay of the migrations, and the models' own DDL, each on a scratch
//! database. Their difference becomes steps (`diff`), which are tried on the replay (`trial`) before they are written
//! (`code`, `file`). What would lose data is never done of its own accord: such a step comes commented. What would keep others
//! from a table that is there already is written so that it does not (`diff/busy`), in as few transactions as that takes
//! (`transactions`).

mod action;
mod builders;
mod cast;
mod change;
mod code;
mod diff;
mod draft;
mod error;
mod extensions;
mod extent;
mod file;
mod frozen;
mod inspect;
mod literal;
mod name;
mod renames;
mod reread;
mod settle;
mod sketch;
mod squash;
mod statement;
mod step;
mod target;
mod transactions;
mod trial;
mod words;

pub use draft::Draft;
pub use error::GenerateError;
pub use file::Written;
pub(crate) use file::formatted;
pub use inspect::{InspectedItem, Inspection};
pub(crate) use literal::prose;
pub use sketch::LeftOut;
pub use squash::Squash;
