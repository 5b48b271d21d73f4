//! Everything that talks to PostgreSQL for models: connections and their pool, transactions, statements, decoding.
//!
//! From bottom to top: `row`, `running`, `actor`, `purpose` and `message_limits` (plain types), `connect` (from a URL to a checked
//! connection), `connection` (a connection of the pool), `pool`, `transaction`, `target` (where a statement runs),
//! `statement`, `atomic_scope`, `raw_sql`, `executor`, and `handle` (the types that users hold).

pub(crate) mod actor;
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
mod running;
pub(crate) mod statement;
pub(crate) mod target;
mod transaction;

pub use actor::as_actor;
pub use executor::Executor;
pub use handle::db::Db;
pub use handle::db_builder::{DbBuilder, Pooler};
pub use handle::session::Session;
pub use handle::transaction::{TransactionBuilder, Tx};
pub use handle::with_actor::{AsActor, WithActor};
pub(crate) use raw_sql::run_raw;
pub use raw_sql::{IntoRawSql, RawQuery, RawSql};
pub use row::{FromRow, RowReader};
pub use running::Running;
pub use statement::row_stream::Rows;
pub use transaction::isolation::Isolation;
