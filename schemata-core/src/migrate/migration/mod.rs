//! What a migration function works with: `Migration`, the builders of its steps, and the operations they record.

mod alter_table;
mod awaitable;
mod backfill;
mod bootstrap;
pub(crate) mod context;
pub(crate) mod effect_recorder;
pub(crate) mod entry;
mod enum_value;
mod index;
pub(crate) mod operation;
pub(crate) mod sql_file;
pub(crate) mod step_error;

pub use alter_table::AlterTable;
pub use backfill::Backfill;
pub use bootstrap::Bootstrap;
pub use context::Migration;
pub use entry::{MigrationEntry, MigrationFn, Registered};
pub use enum_value::AddEnumValue;
pub use index::{CreateIndex, DropIndex};
pub use step_error::MigrationResult;
#[cfg(feature = "dev")]
pub(crate) use step_error::StepError;
