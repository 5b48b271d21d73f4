//! The only files that await the driver for models: handles, transactions, statements, decoding.

pub(crate) mod acting;
pub(crate) mod actor;
pub(crate) mod arrays;
mod ask;
mod builder;
pub(crate) mod bulk;
mod connection;
pub(crate) mod db;
pub(crate) mod dial;
pub(crate) mod executor;
mod held;
mod isolation;
mod levels;
mod line;
mod lru;
mod own_session;
mod pool;
mod purpose;
mod raw;
mod retry;
pub(crate) mod row;
pub(crate) mod rows;
mod sendable;
mod span;
pub(crate) mod statement;
pub(crate) mod target;
#[cfg(feature = "tls")]
mod tls;
pub(crate) mod transaction;
mod tuple;
pub(crate) mod unit;
pub(crate) mod url;

pub use acting::{Acting, AsActor};
pub use actor::as_actor;
pub use builder::{DbBuilder, Pooler};
pub use db::Db;
pub use executor::{Executor, Session};
pub use isolation::Isolation;
pub use raw::{IntoRawSql, RawQuery, RawSql};
pub use row::{FromRow, RowReader};
pub use rows::Rows;
pub use transaction::{TransactionBuilder, Tx};
