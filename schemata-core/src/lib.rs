//! Schemata: a PostgreSQL-first ORM for Rust.

extern crate self as schemata;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
mod exec;
mod ident;
pub mod migrate;
pub mod model;
mod param;
pub mod prelude;
pub mod query;
pub mod schema;
mod sql;
#[cfg(feature = "embedded")]
pub mod testing;

pub use error::{DriverError, Error, ErrorKind, Result};
pub use exec::{
    Db, DbBuilder, Executor, FromRow, Isolation, Pooler, RawQuery, RawSql, RowReader, Session, TransactionBuilder, Tx,
};
pub use ident::{Ident, IdentError, MAX_IDENT_BYTES};
pub use model::TableModel;
#[cfg(feature = "derive")]
pub use schemata_derive::{Constraints, TableModel, migration};
pub use tokio_postgres;
pub use tokio_postgres::types;

/// The tables of these models, as `bootstrap` and the command line take them: `tables![Customer, Order]`.
#[macro_export]
macro_rules! tables {
    ($($model:ty),* $(,)?) => {
        [$(<$model as $crate::TableModel>::TABLE),*]
    };
}
