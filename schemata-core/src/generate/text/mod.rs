//! Generated text: SQL identifiers and expressions, Rust literals, the names of migrations, and the files they are written to.

pub(crate) mod array_casts;
pub(crate) mod file;
pub(crate) mod identifiers;
pub(crate) mod line_diff;
pub(crate) mod literal;
pub(crate) mod name;
pub(crate) mod sequence;
