//! Proof that models, migrations and live database agree, and of what a migration would do: migrations replayed on a scratch
//! database, catalogs compared, statements measured.

mod around;
mod build;
mod check;
mod effect;
mod live;
mod lock;
mod measure;
pub(crate) mod scratch;
mod sizes;
pub(crate) mod squash;
mod verify;

pub use crate::migrate::watch::Runs;
pub use check::CheckReport;
pub use effect::{Danger, Effect, MeasuredStatement, Work};
pub use lock::TableLock;
pub use measure::{Measured, MeasuredMigration};
pub use sizes::LiveSize;
pub use squash::UnequalSquash;
pub use verify::{Verified, VerifyError};
