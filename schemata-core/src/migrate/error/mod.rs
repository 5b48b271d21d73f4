//! The errors of the migrator, each beside its text.

mod details;
mod migrate_error;
mod postgres;
mod squash;
mod stepwise;
mod take_over;
mod text;

pub use details::{Edit, Late, ModuleLink, Moved};
pub use migrate_error::MigrateError;
pub(crate) use postgres::refusal;
pub(crate) use squash::SquashError;
pub(crate) use stepwise::StepwiseError;
pub(crate) use take_over::TakeOverError;
