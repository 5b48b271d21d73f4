//! Schemata: a PostgreSQL-first ORM for Rust.

extern crate self as schemata;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "embedded")]
pub mod embedded;
/// Who acts: the name that audit columns keep.
pub mod audit {
    pub use crate::exec::{Acting, AsActor, as_actor};
}
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
mod violation;

pub use error::{Error, Result};
pub use exec::{AsActor, Db, Executor, FromRow, RowReader, Session, Tx};
pub use ident::{Ident, IdentError, MAX_IDENT_BYTES};
pub use model::TableModel;
#[cfg(feature = "derive")]
pub use schemata_derive::{Insertable, Patch, TableModel, migration};
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
