//! Writes Rust source from catalogs: `generate`, a migration from the state after all migrations to the state that the
//! models describe; `squash`, one migration that replaces many; `inspect`, the models of existing tables.
//!
//! Both ends of a migration are catalogs that PostgreSQL printed on scratch databases. Their difference (`diff`)
//! becomes steps, which are tried (`steps/trial`) before they are written (`steps/code`, `text/file`); tables become
//! models (`sketch`). Steps that would lose data are written as comments, for a person to decide. Steps that would
//! block other users of an existing table are written in a form that does not (`diff/nonblocking`), in as few
//! transactions as possible (`steps/transactions`).

mod adopt;
mod desired_schema;
mod diff;
mod draft;
mod error;
mod extensions;
mod inspect;
mod merge;
mod migrator;
mod name_history;
mod sketch;
mod squash;
mod steps;
mod text;

pub use adopt::Adoption;
pub use draft::Draft;
pub use error::GenerateError;
pub use inspect::{InspectedItem, Inspection};
pub use merge::{KeptFile, MergedModels};
pub use sketch::LeftOut;
pub use squash::Squash;
pub use text::file::Written;
pub(crate) use text::file::{formatted, write_missing};
pub(crate) use text::literal::prose;
