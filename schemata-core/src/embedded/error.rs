//! [`EmbeddedError`]: the error of the private server, for programs. The reasons are in `fault`.

use crate::embedded::fault::Fault;

/// Why there is no private server. The message says what is wrong and what to do. A program can only tell whether
/// PostgreSQL is missing on the machine: everything else needs a person.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EmbeddedError(Box<Fault>);

impl EmbeddedError {
    /// Returns whether this machine has no usable PostgreSQL programs.
    ///
    /// ```no_run
    /// # use schemata::embedded::PrivateServer;
    /// match PrivateServer::ephemeral() {
    ///     Err(error) if error.is_not_installed() => println!("skipped: {error}"),
    ///     server => println!("{}", server?.version()),
    /// }
    /// # Ok::<(), schemata::embedded::EmbeddedError>(())
    /// ```
    pub fn is_not_installed(&self) -> bool {
        matches!(*self.0, Fault::NoServer { .. })
    }
}

impl From<Fault> for EmbeddedError {
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}
