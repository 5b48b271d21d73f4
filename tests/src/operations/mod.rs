//! Every public operation once, against one small database whose state can be compared; faults are tried on these.

mod reads;
mod state;
mod trial;
mod units;
mod writes;

use std::future::Future;
use std::pin::Pin;

use schemata::{Db, Error};

pub use reads::READS;
pub use state::{MODELS, PROBE, database, probe, reset, stored};
pub use trial::{Clean, Outcome, Trial};
pub use units::UNITS;
pub use writes::{BATCHES, WRITES};

/// The possible effects of an operation whose connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// None, and the library knows that.
    Reads,
    /// All or nothing.
    Writes,
    /// Unknown: raw SQL, which the library does not analyse.
    Unknown,
}

/// An operation under way; its result as text, without the parts that differ from run to run.
pub type Running = Pin<Box<dyn Future<Output = Result<String, Error>> + Send>>;

/// An operation.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// Its possible effects.
    pub effect: Effect,
    /// Runs it.
    pub run: fn(Db) -> Running,
}

/// A list of operations, each a block whose value is the result.
macro_rules! operations {
    ($($name:literal $effect:ident |$db:ident| $body:block)*) => {
        &[$($crate::operations::Operation {
            name: $name,
            effect: $crate::operations::Effect::$effect,
            run: |$db| Box::pin(async move {
                let result = $body;
                Ok::<_, schemata::Error>(format!("{result:?}"))
            }),
        }),*]
    };
}
pub(crate) use operations;
