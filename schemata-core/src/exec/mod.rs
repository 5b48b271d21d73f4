//! The only files that await the driver for models: handles, transactions, statements, decoding.

pub(crate) mod db;
pub(crate) mod executor;
pub(crate) mod held;
pub(crate) mod row;
pub(crate) mod rows;
pub(crate) mod statement;
pub(crate) mod transaction;

pub use db::Db;
pub use executor::{Executor, Session};
pub use row::{FromRow, RowReader};
pub use rows::Rows;
pub use transaction::Tx;
