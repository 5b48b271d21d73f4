//! The errors of the migrator, each beside its text.

mod migrate_error;
mod scratch;
mod squash;
mod stepwise;
pub(crate) mod text;
mod undermined;

pub use migrate_error::MigrateError;
pub use scratch::ScratchError;
pub use squash::SquashError;
pub use stepwise::StepwiseError;
pub use text::{Edit, Moved};
pub use undermined::Undermined;
