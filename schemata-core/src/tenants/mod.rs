//! Many PostgreSQL schemas of one shape, one per tenant: migrated in parallel, inspected in one query, created one by one.
//!
//! Each schema has a ledger and a lock of its own, so an interrupted run is simply started again, and two runs at once share
//! the work.

mod error;
mod group;
mod list;
mod provision;
mod query;
mod queue;
mod report;
mod rollout_builder;
mod run_rollout;
mod status;
mod worker;

pub use error::TenantsError;
pub use group::TenantGroup;
pub use list::Tenants;
pub use report::{Outcome, RolloutEvent, RolloutReport, Stop};
pub use rollout_builder::Rollout;
pub use status::{TenantState, TenantsStatus};
