//! Writes Rust source from catalogs: the migration that leads from the end of the migrations to the models (`draft`), one
//! migration that replaces many (`squash`), and models of existing tables (`inspect`).
//!
//! Both ends of a migration are catalogs that PostgreSQL printed, on scratch databases. Their difference (`diff`) becomes
//! steps, which are tried (`steps/trial`) before they are written (`steps/code`, `text/file`); tables become models
//! (`sketch`). A step that would lose data is written as a comment. A step that would block others from an existing table is
//! written in its safe form (`diff/busy`), in as few transactions as possible (`steps/transactions`).

mod diff;
mod draft;
mod error;
mod extensions;
mod inspect;
mod migrator;
mod name_history;
mod sketch;
mod squash;
mod steps;
mod target;
mod text;

pub use draft::Draft;
pub use error::GenerateError;
pub use inspect::{InspectedItem, Inspection};
pub use sketch::LeftOut;
pub use squash::Squash;
pub use text::file::Written;
pub(crate) use text::file::formatted;
pub(crate) use text::literal::prose;
