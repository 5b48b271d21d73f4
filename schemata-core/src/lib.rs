//! Schemata: a PostgreSQL-first ORM for Rust.
//!
//! A struct with `#[derive(TableModel)]` is the single source of truth for a table: its metadata, its DDL, typed reads and
//! writes, and decoding come from it, checked by the compiler. Migrations are functions that the application carries and
//! runs, and [`check`](migrate::Migrator::check) shows whether models, migrations and the live database agree.
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
//! Where to begin: [`TableModel`] for what a model can do, [`mod@query`] for conditions, orders and pages, [`relation`] for
//! loading related rows, [`Db`] for connections and transactions, [`Error`] for what can go wrong, [`migrate`] for
//! migrations, [`tenants`] for many schemas of the same shape, `testing` (feature `dev`) for one database per test. The
//! guide, with one page per capability, is in the repository under `docs/guide`.
//!
//! # Features
//!
//! Those of the first table but `dev` are on by default, those of the second are not. A feature only adds items; it changes none.
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `derive` | the macros |
//! | `cli` | `cli`: the commands that operate a database (`migrate`, `plan`, `status`, `check`, `provision`) |
//! | `dev` | what only development and tests need: `embedded`, the private PostgreSQL; `generate`, which writes migrations and models; `testing`; the commands `generate`, `squash`, `inspect`, `schema` and `db`. Brings `cli` |
//! | `tls` | TLS to the server, by rustls and the operating system's certificate authorities |
//! | `uuid`, `decimal`, `chrono`, `json` | column types: [`uuid`](https://docs.rs/uuid), [`rust_decimal`](https://docs.rs/rust_decimal), [`chrono`](https://docs.rs/chrono), [`serde_json`](https://docs.rs/serde_json) |
//! | `serde` | `Serialize` and `Deserialize` of [`Audit`](model::Audit), [`SoftDelete`](model::SoftDelete) and [`RowVersion`](model::RowVersion), and `#[column(serde)]` for derived types. `json` brings it |
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `time`, `jiff` | column types: instants, dates, times, durations |
//! | `bigdecimal` | column type: `numeric` without a bound |
//! | `ulid`, `url`, `secrecy` | column types: identifiers, URLs, and secrets that no `Debug` shows |
//! | `cidr`, `macaddr`, `bit-vec`, `geo-types` | column types: networks, hardware addresses, bit strings, geometry |
//! | `utoipa`, `clap` | `ToSchema` of column groups; `#[column(utoipa)]` and `#[column(clap)]` for derived types |
//!
//! Cargo enables a feature for the whole program as soon as one crate asks for it, so libraries leave `dev` alone, and an
//! application enables it by a feature of its own, which a production build leaves out
//! (`cargo build --release --no-default-features`):
//!
//! ```toml
//! [features]
//! default = ["dev"]
//! dev = ["schemata-core/dev"]
//! ```
//!
//! # Guarantees
//!
//! Values are bound, and identifiers are checked and quoted: user input never becomes SQL. No update or delete runs
//! without a condition unless the code calls `all_rows()`. A connection returns to the pool only with its session as it
//! was opened. Error texts hold no values. Every future is `Send`. No `unsafe`.

extern crate self as schemata;

#[doc(hidden)]
#[path = "fuzz.rs"]
pub mod __fuzz;
#[doc(hidden)]
#[path = "macro_support.rs"]
pub mod __private;
mod catalog;
pub mod checked;
#[cfg(feature = "cli")]
pub mod cli;
mod cursor;
mod datum;
#[cfg(feature = "dev")]
pub mod embedded;
/// The actor whose name audit columns record.
pub mod audit {
    pub use crate::exec::{AsActor, WithActor, as_actor};
}
mod error;
mod exec;
#[cfg(feature = "dev")]
pub mod generate;
mod ident;
mod macros;
pub mod migrate;
pub mod model;
mod param;
#[cfg(feature = "dev")]
mod picture;
pub mod prelude;
pub mod prove;
mod qualified_name;
pub mod query;
pub mod relation;
pub mod schema;
mod sql;
pub mod tenants;
#[cfg(feature = "dev")]
pub mod testing;
mod violation;

#[doc(hidden)]
pub use __private::names as __names;
pub use error::{DriverError, Error, ErrorKind, Result, Unsendable};
pub use exec::{
    AsActor, Db, DbBuilder, Executor, FromRow, IntoRawSql, Isolation, Pooler, RawQuery, RawSql, RowReader, Rows,
    Running, Session, TransactionBuilder, Tx,
};
pub use ident::{Ident, IdentError};
pub use model::{HasKey, TableModel};
#[cfg(feature = "derive")]
#[doc(hidden)]
pub use schemata_derive::{__sql, __sql_fn};
#[cfg(feature = "derive")]
pub use schemata_derive::{
    Constraints, FromRow, Insertable, IntEnum, Newtype, Patch, PgComposite, PgDomain, PgEnum, Projection, TableModel,
    TextEnum, migration, migrations, query, query_file, sql_migrations,
};
pub use tokio_postgres;
pub use tokio_postgres::types;

/// PostgreSQL's own types that Rust has no type for: ranges, networks, bits, shapes, identifiers, full text queries, and the
/// types of well-known extensions.
///
/// Each is a column type like any other, alone, in an `Option` and in a `Vec`, and travels exactly. The types of extensions
/// (`Hstore`, `Ltree`, `Vector`, `Geometry`, …) are found by their names, so the extension must be on the search path. Types
/// that PostgreSQL cannot compare, such as `Point`, have no `eq`: calling it does not compile.
pub mod pg {
    pub use crate::schema::pg::{
        Bits, Char, Cidr, Circle, Geography, Geometry, HalfVector, Hstore, Inet, JsonPath, Line, LineSegment, Lquery,
        Lsn, Ltree, Ltxtquery, MacAddr, MacAddr8, Money, Multirange, Oid, ParseTextError, Path, Point, Polygon, Range,
        RangeElement, Rectangle, TimeTz, TsQuery, Vector, Xid8, Xml,
    };
}
pub use violation::{Violation, Violations};
