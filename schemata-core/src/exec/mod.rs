//! The only files that await the driver for models: connections and their pool, transactions, statements, decoding.
//!
//! The folders from bottom to top: `connect` (from a URL to a session of the server), `connection` (a connection of the
//! pool), `pool`, `transaction`, `statement`, `handle` (the types that users hold). The files beside them stand between.

pub(crate) mod actor;
mod ask;
pub(crate) mod atomic_scope;
pub(crate) mod connect;
mod connection;
pub(crate) mod executor;
mod handle;
pub(crate) mod message_limits;
mod pool;
mod purpose;
mod raw_sql;
pub(crate) mod row;
pub(crate) mod statement;
pub(crate) mod target;
mod transaction;
mod tuple;

pub use actor::as_actor;
pub use executor::{Executor, Session};
pub use handle::db::Db;
pub use handle::db_builder::{DbBuilder, Pooler};
pub use handle::transaction::{TransactionBuilder, Tx};
pub use handle::with_actor::{AsActor, WithActor};
pub use raw_sql::{IntoRawSql, RawQuery, RawSql};
pub use row::{FromRow, RowReader};
pub use statement::rows::Rows;
pub use transaction::isolation::Isolation;
