//! Text that people read: SQL words, Rust literals, names, and the files they end up in.

pub(crate) mod file;
pub(crate) mod identifiers;
pub(crate) mod literal;
pub(crate) mod name;
