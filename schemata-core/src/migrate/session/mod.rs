//! The migrator's own connection, the statements it runs there, what it learns of the server, and the lock it takes.

mod connection;
pub(crate) mod lock;
mod probe;
mod statements;

pub(crate) use connection::DedicatedConnection;
pub(crate) use probe::{Probe, open_and_probe, probe};
pub(crate) use statements::{MigratorSession, StatementError, TypedValue};
