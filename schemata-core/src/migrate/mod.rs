//! Migrations: Rust functions that change a schema once, in order, each in its own transaction or, where that
//! cannot be, step by step, with a ledger that tells the truth about what ran.

pub(crate) mod apply;
mod blockers;
mod corrections;
pub(crate) mod error;
pub(crate) mod hazard;
pub(crate) mod ledger;
pub(crate) mod migration;
mod migrator;
pub(crate) mod nearest;
mod order;
mod outlook;
pub(crate) mod plan;
pub(crate) mod preconditions;
pub(crate) mod record;
mod report;
mod run;
pub(crate) mod session;
mod set;
mod settings;
pub(crate) mod squash;
pub(crate) mod steps;
mod turn;
pub(crate) mod watch;
mod witness;

#[doc(hidden)]
pub use migration::Registered;
pub use error::{Edit, MigrateError, Moved, ScratchError, SquashError, StepwiseError, Undermined};
pub use hazard::{Hazard, Hazardous, HazardousStep};
pub use ledger::{Past, Steps};
pub use migration::{
    AddEnumValue, AlterTable, Backfill, Bootstrap, CreateIndex, DropIndex, Migration, MigrationEntry, MigrationFn,
    MigrationResult, StepError,
};
pub use migrator::Migrator;
pub use order::{Late, OutOfOrder};
pub use record::module_order::{ModuleCycle, ModuleLink};
pub use report::{Blocker, Event, LockHolder, MigrationState, MigrationStatus, PlannedMigration, Report};
pub use set::MigrationSet;

pub use crate::sql::ddl::DdlError;
pub use crate::sql::fragment::FragmentError;
