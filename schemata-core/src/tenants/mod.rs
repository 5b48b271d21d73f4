//! Many PostgreSQL schemas of one shape, a tenant each: migrated in parallel, looked at in one query, made one by one.
//!
//! Each schema has a ledger and a lock of its own, so a run that is interrupted is simply started again, and two at once
//! share the work.

mod error;
mod group;
mod list;
mod pattern;
mod provision;
mod query;
mod queue;
mod report;
mod rollout;
mod run;
mod status;
mod turns;

pub use error::TenantsError;
pub use group::Group;
pub use list::Tenants;
pub use report::{Outcome, RolloutEvent, RolloutReport, Stop};
pub use rollout::Rollout;
pub use status::{PlannedGroup, Standing, TenantsStatus};
