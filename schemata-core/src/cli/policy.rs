//! The arguments that decide how a run treats late migrations and a busy database.

use clap::{Args, ValueEnum};

use crate::cli::timeouts::Timeouts;
use crate::migrate::{Migrator, OutOfOrder};

/// How a run behaves.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct RunPolicy {
    /// What to do with pending migrations that sort before applied ones
    #[arg(long, value_enum, default_value_t = OutOfOrderArg::Allow)]
    pub(crate) out_of_order: OutOfOrderArg,
    /// How long statements may wait and take
    #[command(flatten)]
    pub(crate) timeouts: Timeouts,
}

impl RunPolicy {
    /// Applies the policy to `migrator`.
    pub(crate) fn apply_to(self, migrator: Migrator) -> Migrator {
        self.timeouts.apply_to(migrator).out_of_order(self.out_of_order.into())
    }
}

/// What to do with pending migrations that sort before applied ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutOfOrderArg {
    /// Run them, and print a note
    #[default]
    Allow,
    /// Run nothing, and fail
    Error,
}

impl From<OutOfOrderArg> for OutOfOrder {
    fn from(argument: OutOfOrderArg) -> Self {
        match argument {
            OutOfOrderArg::Allow => Self::Allow,
            OutOfOrderArg::Error => Self::Error,
        }
    }
}
