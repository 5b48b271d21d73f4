//! A private `PostgreSQL` server for development and tests, which needs no set-up.
//!
//! [`PrivateServer::persistent`] keeps an application's data between runs,
//! [`PrivateServer::ephemeral`] is for tests: fast, in memory if possible, shared by all test
//! processes of a workspace. Every handle is a lease; a small watchdog process stops the server
//! once no lease is left, also after `kill -9`. The guide page is
//! `docs/guide/private-postgres.md`.
//!
//! The files, from the bottom: `settings`, `process` and `postmaster` only read; `directory`,
//! `owner` and `binaries` choose directories, user and programs; `generation`, `lease` and
//! `cleanup_watchdog` are about the end of a server; `initdb` and `start` run the programs; `find`
//! calls all of these under one lock; `server` is the public handle.

#[cfg(unix)]
mod binaries;
#[cfg(unix)]
mod candidates;
#[cfg(unix)]
mod cleanup_watchdog;
#[cfg_attr(not(unix), expect(dead_code, reason = "only test databases are created there"))]
mod database;
#[cfg(unix)]
mod directory;
mod error;
mod fault;
#[cfg(unix)]
mod find;
#[cfg(unix)]
mod generation;
#[cfg(unix)]
mod initdb;
#[cfg(unix)]
mod launch;
#[cfg(unix)]
mod lease;
#[cfg(unix)]
mod owner;
#[cfg(unix)]
mod postmaster;
#[cfg_attr(not(unix), expect(dead_code, reason = "only test databases look at processes there"))]
mod process;
#[cfg(unix)]
mod server;
mod settings;
#[cfg(unix)]
mod start;
#[cfg(unix)]
mod stop;
#[cfg(unix)]
mod tcp;
#[cfg(not(unix))]
mod unsupported;
mod version;
#[cfg(unix)]
mod workspace;

pub use error::EmbeddedError;
pub(crate) use fault::Fault;
#[cfg(unix)]
pub use server::PrivateServer;
#[cfg(not(unix))]
pub use unsupported::PrivateServer;
pub use version::ServerVersion;

pub(crate) use database::{CREATE_LOCK, connect, create_database};
pub(crate) use process::Process;
pub(crate) use settings::EnvironmentSettings;
