//! The migrator's own connection, its statements, what it learns of the server, and the lock it takes.

mod connection;
pub(crate) mod lock;

pub(crate) use connection::{Connection, Probe, probe};
