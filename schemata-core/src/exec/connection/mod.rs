//! A connection of the pool: its prepared statements, the reset of its session, and the time limit of its calls.

pub(crate) mod call_timeout;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
pub(crate) mod connection;
pub(crate) mod in_flight;
pub(crate) mod pool_shared;
pub(crate) mod reset;
pub(crate) mod statement_cache;
pub(crate) mod type_lookup;
