//! Batches: many rows inserted, upserted, updated or deleted together. One engine writes them all; each kind of batch makes
//! its own statements.

mod arrays;
pub(crate) mod change_many;
mod copy;
mod engine;
pub(crate) mod insert_many;
pub(crate) mod key_order;
mod read_rows;
mod returned_rows;
pub(crate) mod row_feed;
mod row_group;
pub(crate) mod upsert_many;
