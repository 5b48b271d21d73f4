//! Schemata: a PostgreSQL-first ORM for Rust.
//!
//! A struct with `#[derive(TableModel)]` is the single source of truth for a table: its metadata, its DDL, typed reads and
//! writes, and decoding come from it, checked by the compiler. Migrations are functions that the application carries and
//! runs, and [`check`](migrate::Migrator::check) shows that models, migrations and the live database agree.
//!
//! ```no_run
//! use schemata::migrate::{MigrationSet, Migrator};
//! use schemata::prelude::*;
//!
//! #[derive(Debug, Clone, PartialEq, TableModel)]
//! #[table(name = "orders")]
//! pub struct Order {
//!     #[column(primary_key, identity)]
//!     pub id: i64,
//!     #[column(sql_type = "varchar(20)", unique)]
//!     pub number: String,
//!     #[column(sql_type = "varchar(20)", default = "pending")]
//!     pub status: String,
//! }
//!
//! #[migration("0001_orders")]
//! async fn orders(m: &mut Migration<'_>) -> MigrationResult {
//!     m.bootstrap(tables![Order]).await
//! }
//!
//! # async fn f(url: &str) -> Result<(), Box<dyn std::error::Error>> {
//! Migrator::new(MigrationSet::linked()?).run(url).await?;
//! let db = Db::connect(url).await?;
//! let order = Order::insert().number("A-1001").exec(&db).await?;
//! Order::update(order.id).status("shipped").exec(&db).await?;
//! let due = Order::select().filter(Order::status.eq("pending")).order_by(Order::id.asc()).fetch(&db).await?;
//! # Ok(()) }
//! ```
//!
//! Where to begin: [`TableModel`] for what a model can do, [`query`] for conditions, orders and pages, [`relation`] for
//! what belongs to a page, [`Db`] for connections and transactions, [`Error`] for what can go wrong, [`migrate`] for
//! migrations, [`tenants`] for many schemas of one shape, [`testing`] for a database a test. The guide, with a page a
//! capability, is in the repository under `docs/guide`.
//!
//! # Features
//!
//! All are on by default; each adds and none changes anything.
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `derive` | the macros |
//! | `cli` | [`cli`]: `migrate`, `check`, `generate` and the other commands for an application; brings `embedded` |
//! | `embedded` | [`embedded`] and [`testing`]: a private PostgreSQL for development and tests |
//! | `tls` | TLS to the server, by rustls and the operating system's authorities |
//! | `uuid`, `decimal`, `chrono`, `json` | column types: [`uuid`](https://docs.rs/uuid), [`rust_decimal`](https://docs.rs/rust_decimal), [`chrono`](https://docs.rs/chrono), [`serde_json`](https://docs.rs/serde_json) |
//!
//! # Guarantees
//!
//! Values are bound and identifiers are checked and quoted: no text of a user becomes SQL. No update or delete runs without
//! a condition unless it says `all_rows()`. A connection returns to the pool only as it was. Error texts hold no values.
//! Every future is `Send`. No `unsafe`.

extern crate self as schemata;

#[doc(hidden)]
#[path = "fuzz.rs"]
pub mod __fuzz;
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
    pub use crate::exec::{AsActor, WithActor, as_actor};
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
mod qualified_name;
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
pub use error::{DriverError, Error, ErrorKind, Result, Unsendable};
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

/// Names the crates that have migrations of their own: `schemata::register!(accounts, billing);`, once in the program.
///
/// A crate that is only listed in `Cargo.toml` is left out by the linker, and its migrations with it. One that is registered is
/// part of the program, and [`MigrationSet::linked`](migrate::MigrationSet::linked) fails where it contributes no migration.
/// Where `Cargo.toml` renames a crate, its own name follows: `register!(accounts as "shop_accounts")`.
///
/// ```
/// # extern crate schemata as accounts;
/// # extern crate schemata as billing;
/// schemata::register!(accounts, billing);
/// # fn main() {}
/// ```
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
/// It makes a function `models_and_migrations_agree`. Its parts are [`testing::linked`] and [`testing::check`]; without
/// models, it is the first alone. Tables and types that are left to the database are named as in [`cli::App::unmanaged`]:
///
/// ```
/// # mod models { pub const UNMANAGED: &[&str] = &["spatial_ref_sys"]; }
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # #[table(name = "customers")]
/// # struct Customer { #[column(primary_key, identity)] id: i64 }
/// schemata::check_test!(Customer; unmanaged = models::UNMANAGED);
/// ```
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # #[table(name = "customers")]
/// # struct Customer {
/// #     #[column(primary_key, identity)]
/// #     id: i64,
/// # }
/// schemata::check_test!(Customer);
/// ```
///
/// # Panics
/// The test does, with each migration that is missing and what to write, or with each difference.
#[cfg(feature = "cli")]
#[macro_export]
macro_rules! check_test {
    ($($model:ty),* $(,)? $(; unmanaged = $unmanaged:expr)?) => {
        #[test]
        fn models_and_migrations_agree() {
            let models: &[&'static $crate::schema::Table] = &$crate::tables![$($model),*];
            let unmanaged: &[&[&str]] = &[$(&$unmanaged[..])?];
            let checked = $crate::testing::__check_test(
                ::core::env!("CARGO_MANIFEST_DIR"),
                ::core::module_path!(),
                models,
                &unmanaged.concat(),
            );
            if let ::core::result::Result::Err(wrong) = checked {
                ::core::panic!("{wrong}");
            }
        }
    };
}
