//! Migrations: Rust functions that change a schema once, in order, each in its own transaction or, if that is impossible,
//! step by step. A ledger in the schema records what ran.

pub(crate) mod apply;
mod baseline_and_repair;
mod blockers;
mod concurrent_locks;
pub(crate) mod error;
pub(crate) mod hazard;
pub(crate) mod hazardous_steps;
pub(crate) mod ledger;
mod live_tables;
pub(crate) mod migration;
mod migrator;
pub(crate) mod nearest;
pub(crate) mod other_ledger;
pub(crate) mod plan;
pub(crate) mod preconditions;
pub(crate) mod record;
mod report;
pub(crate) mod run;
pub(crate) mod session;
mod set;
mod settings;
pub(crate) mod squash;
pub(crate) mod steps;
mod take_over;

pub use crate::catalog::MigrationTool;
pub use error::{Edit, Late, MigrateError, ModuleLink, Moved};
pub use hazard::{Hazard, Hazardous, HazardousStep};
pub use ledger::{HistoryEntry, StepProgress};
pub use migration::{
    AddEnumValue, AlterTable, Backfill, Bootstrap, CreateIndex, DropIndex, Migration, MigrationEntry, MigrationFn,
    MigrationResult,
};
pub use migrator::Migrator;
pub use other_ledger::{OtherLedger, OtherVersion};
pub use report::{Blocker, Event, LockHolder, MigrationState, MigrationStatus, PlannedMigration, Report};
pub use set::MigrationSet;
pub use settings::OutOfOrder;
