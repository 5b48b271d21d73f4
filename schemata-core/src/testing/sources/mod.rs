//! The migrations that are written in a package's files, against those that are linked into the program: one whose module or
//! crate nobody names is missing without a word.

mod cargo;
mod files;
mod lex;
mod remedy;
mod scan;
mod unlinked;

pub use cargo::SourcesError;
pub use unlinked::{Unlinked, UnlinkedMigration};

pub(super) use unlinked::unlinked;
