//! Migrations: Rust functions that change a schema once, in order, each in its own transaction, with a ledger that
//! tells the truth about what ran.

mod alter;
mod apply;
mod bootstrap;
mod checksum;
mod context;
mod entry;
mod error;
pub(crate) mod guards;
mod history;
mod ledger;
pub(crate) mod ledgers;
mod lock;
mod migrator;
mod modules;
mod plan;
pub(crate) mod record;
mod report;
pub(crate) mod session;
mod set;
mod turn;

pub use alter::AlterTable;
pub use bootstrap::Bootstrap;
pub use context::{Migration, StepError};
pub use entry::{MigrationEntry, MigrationFn, MigrationResult};
pub use error::{Edit, MigrateError};
pub use ledger::Past;
pub use migrator::Migrator;
pub use modules::{ModuleCycle, ModuleLink};
pub use report::{Event, LockHolder, MigrationState, MigrationStatus, PlannedMigration, Report};
pub use set::MigrationSet;

pub use crate::sql::ddl::DdlError;
