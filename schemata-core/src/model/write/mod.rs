//! Writes of one row, and of the rows of a condition: inserts, updates, upserts and deletes, from builder to statement.

pub(crate) mod assign;
pub(crate) mod builder;
pub(crate) mod delete;
pub(crate) mod draft;
pub(crate) mod insert;
pub(crate) mod insert_select;
pub(crate) mod joined;
pub(crate) mod kind;
pub(crate) mod on_conflict;
pub(crate) mod required;
pub(crate) mod returning;
pub(crate) mod row_condition;
pub(crate) mod row_source;
pub(crate) mod statement;
pub(crate) mod update;
pub(crate) mod upsert;
pub(crate) mod with_write;
