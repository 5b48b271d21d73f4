//! Statements: taking a connection, sending, repeating after a schema change, and reading the rows.

pub(crate) mod arrays;
pub(crate) mod call;
pub(crate) mod call_connection;
mod client_types;
pub(crate) mod copy;
pub(crate) mod declared_types;
mod plain_format;
pub(crate) mod row_stream;
pub(crate) mod span;

pub(crate) use crate::exec::purpose::Purpose;
pub(crate) use call::{Call, all_of, each_row, execute, fetch, fetch_first, fetch_optional, fetch_with, first_of};
