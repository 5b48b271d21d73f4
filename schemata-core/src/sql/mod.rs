//! Metadata to SQL text: pure, tested without a database. Identifiers are quoted here, values become parameters.

pub(crate) mod bulk;
pub(crate) mod bulk_change;
pub(crate) mod conflict;
pub(crate) mod ddl;
pub(crate) mod dml;
pub(crate) mod filter;
pub(crate) mod guard;
pub(crate) mod lex;
pub(crate) mod literal;
pub(crate) mod script;
pub(crate) mod write;
pub(crate) mod writer;
