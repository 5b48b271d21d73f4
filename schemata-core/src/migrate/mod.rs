//! Migrations: Rust functions that change a schema once, in order, each in its own transaction or, where that
//! cannot be, step by step, with a ledger that tells the truth about what ran.

mod alter;
mod apply;
mod blockers;
mod bootstrap;
mod checksum;
mod concurrent_locks;
pub(crate) mod context;
pub(crate) mod effect_recorder;
mod entry;
mod error;
pub(crate) mod guards;
pub(crate) mod hazard;
mod history;
pub(crate) mod ledger;
pub(crate) mod ledgers;
mod lock;
mod migrator;
mod modules;
pub(crate) mod nearest;
pub(crate) mod operation;
mod order;
mod outlook;
pub(crate) mod plan;
pub(crate) mod record;
mod registered;
mod report;
pub(crate) mod retry;
mod run;
mod scratch_error;
pub(crate) mod session;
mod set;
mod settings;
pub(crate) mod squash;
mod states;
mod step_error;
pub(crate) mod steps;
pub(crate) mod transaction;
mod turn;
mod undermined;
mod wording;

pub use alter::AlterTable;
pub use bootstrap::Bootstrap;
pub use context::Migration;
pub use entry::{MigrationEntry, MigrationFn};
pub use error::MigrateError;
pub use hazard::{Hazard, Hazardous, HazardousStep};
pub use ledger::{Past, Steps};
pub use migrator::Migrator;
pub use modules::{ModuleCycle, ModuleLink};
pub use order::{Late, OutOfOrder};
#[doc(hidden)]
pub use registered::Registered;
pub use report::{Blocker, Event, LockHolder, MigrationState, MigrationStatus, PlannedMigration, Report};
pub use scratch_error::ScratchError;
pub use set::MigrationSet;
pub use squash::SquashError;
pub use step_error::{MigrationResult, StepError};
pub use steps::{AddEnumValue, Backfill, CreateIndex, DropIndex, StepsError};
pub use undermined::Undermined;
pub use wording::{Edit, Moved};

pub use crate::sql::ddl::DdlError;
pub use crate::sql::fragment_error::FragmentError;
