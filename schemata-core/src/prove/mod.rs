//! Proof that models, migrations and live database agree, and of what a migration would do: migrations replayed on a scratch
//! database, catalogs compared, statements measured.

mod check;
mod effect;
pub(crate) mod extensions;
mod lock;
mod measure;
pub(crate) mod scratch;
mod sizes;
mod verify;

pub use check::CheckReport;
pub use effect::{Danger, Effect, MeasuredStatement, Work};
pub use lock::TableLock;
pub use measure::{Measured, MeasuredMigration};
pub use sizes::LiveSize;
pub use verify::{Verified, VerifyError};
