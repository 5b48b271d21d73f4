//! Statements: how one is sent, repeated when the schema changed, and its rows decoded.

pub(crate) mod arrays;
pub(crate) mod call;
pub(crate) mod call_connection;
pub(crate) mod copy;
pub(crate) mod declared_types;
pub(crate) mod rows;
pub(crate) mod span;

pub(crate) use crate::exec::purpose::Purpose;
pub(crate) use call::{execute, fetch, fetch_optional};
pub(crate) use rows::fetch_with;
