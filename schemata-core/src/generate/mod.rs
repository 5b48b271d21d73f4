//! Rust source written from catalogs: `generate`, the migration that leads from where the migrations end to where the models
//! are; `squash`, one in place of many; `inspect`, models of tables that are there.
//!
//! Both ends of a migration are catalogs that PostgreSQL printed, on scratch databases. Their difference (`diff`) becomes
//! steps, which are tried (`steps/bench`) before they are written (`steps/code`, `text/file`); tables become models
//! (`sketch`). What would lose data is never done of its own accord: such a step comes commented. What would keep others
//! from a table that is there already is written so that it does not (`diff/busy`), in as few transactions as that takes
//! (`steps/transactions`).

mod desired_schema;
mod diff;
mod draft;
mod error;
mod extensions;
mod former;
mod inspect;
mod sketch;
mod squash;
mod steps;
mod text;

pub use draft::Draft;
pub use error::GenerateError;
pub use inspect::{InspectedItem, Inspection};
pub use sketch::LeftOut;
pub use squash::Squash;
pub use text::file::Written;
pub(crate) use text::file::formatted;
pub(crate) use text::literal::prose;
