//! The contents of a database, read from PostgreSQL's system catalogs and in PostgreSQL's own words; the differences between
//! two of them.
//!
//! `snapshot`, `constraint` and `index` are the value that is read, `read` and `sql/` read it. `database` adds
//! everything that is no table, column or enum type. `diff` pairs the objects of two catalogs, for reports and for
//! generated migrations.

mod constraint;
mod database;
mod definition;
mod diff;
mod index;
mod inexpressible;
mod migration_tool;
mod read;
mod snapshot;
mod unmanaged;

pub(crate) use constraint::ConstraintKind;
#[cfg(feature = "dev")]
pub(crate) use constraint::ConstraintState;
pub use diff::comparison::Difference;
pub(crate) use diff::comparison::{CatalogSource, Comparison};
pub(crate) use diff::report::differences;
pub(crate) use index::IndexState;
#[cfg(feature = "dev")]
pub(crate) use index::{IndexKey, IndexPartState, same_options};
pub use migration_tool::MigrationTool;
#[cfg(feature = "dev")]
pub(crate) use snapshot::{BaseType, EnumState, RowSecurity, one_name};
pub(crate) use snapshot::{Catalog, ColumnState, CreatedTypeState, Generated, TableState, TypeClass};

pub(crate) use database::{DatabaseContents, DatabaseObject, read_database, read_schemas};
pub(crate) use definition::Definition;
#[cfg(feature = "dev")]
pub(crate) use diff::blocked_renames::remove_blocked;
#[cfg(feature = "dev")]
pub(crate) use diff::pairs::{Pair, SchemaDiff, TableDiff};
pub(crate) use read::read;
#[cfg(feature = "dev")]
pub(crate) use unmanaged::comment_label;
pub(crate) use unmanaged::{UnmanagedObjects, UnmanagedScope};
