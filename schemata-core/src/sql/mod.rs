//! Metadata to SQL text: pure, tested without a database. Identifiers are quoted here, values become parameters.

pub(crate) mod bulk;
pub(crate) mod conflict;
pub(crate) mod ddl;
pub(crate) mod declared_type;
pub(crate) mod dependencies;
pub(crate) mod expr;
pub(crate) mod expr_text;
pub(crate) mod filter;
mod filter_text;
pub(crate) mod fragment;
pub(crate) mod fragment_error;
pub(crate) mod keyset;
pub(crate) mod lex;
pub(crate) mod links;
pub(crate) mod literal;
pub(crate) mod related;
pub(crate) mod removed_rows;
pub(crate) mod retarget;
pub(crate) mod scope;
pub(crate) mod script;
pub(crate) mod secret;
pub(crate) mod select;
pub(crate) mod session;
pub(crate) mod subselect;

pub(crate) mod table_name;
pub(crate) mod tree;
pub(crate) mod write;
pub(crate) mod writer;
