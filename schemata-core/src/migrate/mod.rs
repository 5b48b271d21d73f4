//! Migrations: Rust functions that change a schema once, in order, each in its own transaction, with a ledger that
//! tells the truth about what ran.

mod alter;
mod apply;
mod bootstrap;
mod checksum;
pub(crate) mod context;
mod entry;
mod error;
pub(crate) mod guards;
#[allow(dead_code, reason = "what refuses them follows")]
pub(crate) mod hazard;
mod history;
pub(crate) mod ledger;
pub(crate) mod ledgers;
mod lock;
mod migrator;
mod modules;
#[allow(dead_code, reason = "what makes the other kinds follows")]
pub(crate) mod operation;
mod order;
mod outlook;
pub(crate) mod plan;
pub(crate) mod record;
mod report;
pub(crate) mod session;
mod set;
mod step_error;
mod turn;
pub(crate) mod watch;

pub use alter::AlterTable;
pub use bootstrap::Bootstrap;
pub use context::Migration;
pub use entry::{MigrationEntry, MigrationFn, MigrationResult};
pub use error::{Edit, MigrateError};
pub use hazard::Hazard;
pub use ledger::Past;
pub use migrator::Migrator;
pub use modules::{ModuleCycle, ModuleLink};
pub use order::{Late, OutOfOrder};
pub use report::{Event, LockHolder, MigrationState, MigrationStatus, PlannedMigration, Report};
pub use set::MigrationSet;
pub use step_error::StepError;

pub use crate::sql::ddl::DdlError;
