//! Proves that models, migrations and the live database agree, and measures what pending migrations would do: migrations are
//! replayed on scratch databases, catalogs are compared, statements are observed.

mod check;
mod measure;
mod migrator;
mod model_tables;
#[cfg(feature = "dev")]
mod queries;
pub(crate) mod read_catalog;
pub(crate) mod replay;
pub(crate) mod same_expressions;
mod scratch;
pub(crate) mod squash_equality;
mod verify;

pub use crate::catalog::Difference;
pub use crate::migrate::migration::effect_recorder::Runs;
pub use check::CheckReport;
pub use measure::effect::{Danger, Effect, MeasuredStatement, TableWork};
pub use measure::lock_mode::TableLock;
pub use measure::table_sizes::LiveSize;
pub use measure::{Measured, MeasuredMigration};
#[cfg(feature = "dev")]
pub use queries::WrongQuery;
pub use squash_equality::UnequalSquash;
pub use verify::{Verified, VerifyError};
