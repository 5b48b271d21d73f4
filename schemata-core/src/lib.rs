//! Schemata: a PostgreSQL-first ORM for Rust.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[doc(hidden)]
pub use __private::names as __names;
mod error;
mod exec;
mod ident;
pub mod model;
mod param;
pub mod query;
pub mod schema;
mod sql;

pub use error::{Error, Result};
pub use exec::{Db, Executor, FromRow, RowReader, Session, Tx};
pub use ident::{Ident, IdentError, MAX_IDENT_BYTES};
pub use model::TableModel;
#[cfg(feature = "derive")]
pub use schemata_derive::{Newtype, PgEnum, TableModel, TextEnum, migration};
