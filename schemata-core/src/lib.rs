//! Schemata: a PostgreSQL-first ORM for Rust.

extern crate self as schemata;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
mod cursor;
#[cfg(feature = "embedded")]
pub mod embedded;
/// Who acts: the name that audit columns keep.
pub mod audit {
    pub use crate::exec::{Acting, AsActor, as_actor};
}
mod error;
mod exec;
#[cfg(feature = "cli")]
pub mod generate;
mod ident;
pub mod migrate;
pub mod model;
mod param;
#[cfg(feature = "cli")]
mod picture;
pub mod prelude;
pub mod prove;
pub mod query;
pub mod relation;
pub mod schema;
mod sql;
pub mod tenants;
#[cfg(feature = "embedded")]
pub mod testing;
mod violation;

#[doc(hidden)]
pub use __private::names as __names;
pub use error::{DriverError, Error, ErrorKind, Result};
pub use exec::{
    AsActor, Db, DbBuilder, Executor, FromRow, IntoRawSql, Isolation, Pooler, RawQuery, RawSql, RowReader, Rows,
    Session, TransactionBuilder, Tx,
};
pub use ident::{Ident, IdentError, MAX_IDENT_BYTES};
pub use model::TableModel;
#[cfg(feature = "derive")]
pub use schemata_derive::{
    Constraints, Insertable, Newtype, Patch, PgEnum, Projection, TableModel, TextEnum, migration, migrations,
};
pub use tokio_postgres;
pub use tokio_postgres::types;
pub use violation::{Violation, Violations};

/// The tables of these models, as `bootstrap` and the command line take them: `tables![Customer, Order]`.
#[macro_export]
macro_rules! tables {
    ($($model:ty),* $(,)?) => {
        [$(<$model as $crate::TableModel>::TABLE),*]
    };
}
