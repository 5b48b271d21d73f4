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
    AsActor, Db, DbBuilder, Executor, FromRow, Isolation, Pooler, RawQuery, RawSql, RowReader, Rows, Session,
    TransactionBuilder, Tx,
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

/// Names the crates that have migrations of their own: `schemata::register!(accounts, billing);`, once in the program.
///
/// A crate that is only listed in `Cargo.toml` is left out by the linker, and its migrations with it. One that is registered is
/// part of the program, and [`MigrationSet::linked`](migrate::MigrationSet::linked) fails where it contributes no migration. Where
/// `Cargo.toml` renames a crate, its own name follows: `register!(accounts as "shop_accounts")`.
#[macro_export]
macro_rules! register {
    ($($name:ident $(as $own:literal)?),+ $(,)?) => {
        $(
            use ::$name as _;
            $crate::__private::inventory::submit! {
                $crate::__private::Registered::new(
                    [$($own,)? ::core::stringify!($name)][0], ::core::file!(), ::core::line!(),
                )
            }
        )+
    };
}

/// A test that fails when a migration is written and not part of the program, or models and migrations have come apart:
/// `schemata::check_test!(Customer, Order);`, beside the program's other tests.
///
/// It makes a function `models_and_migrations_agree`. Its parts are [`testing::linked`] and [`testing::check`]; without models, it
/// is the first alone.
#[cfg(feature = "cli")]
#[macro_export]
macro_rules! check_test {
    ($($model:ty),* $(,)?) => {
        #[test]
        fn models_and_migrations_agree() {
            let models: &[&'static $crate::schema::Table] = &$crate::tables![$($model),*];
            let checked =
                $crate::testing::__check_test(::core::env!("CARGO_MANIFEST_DIR"), ::core::module_path!(), models);
            if let ::core::result::Result::Err(wrong) = checked {
                ::core::panic!("{wrong}");
            }
        }
    };
}
