//! The only files that await the driver for models: handles, transactions, statements, decoding.

pub(crate) mod acting;
pub(crate) mod actor;
pub(crate) mod arrays;
pub(crate) mod bulk;
pub(crate) mod db;
pub(crate) mod executor;
pub(crate) mod held;
pub(crate) mod row;
pub(crate) mod statement;
pub(crate) mod transaction;
pub(crate) mod unit;

pub use acting::{Acting, AsActor};
pub use actor::as_actor;
pub use db::Db;
pub use executor::{Executor, Session};
pub use row::{FromRow, RowReader};
pub use transaction::Tx;
