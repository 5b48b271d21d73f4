//! [`PrivateServer`] on systems without `fork`, uids and `sh`: every function that would return one
//! fails with [`Fault::Unsupported`], whose message says to set `DATABASE_URL`.

use std::path::Path;

use crate::embedded::error::EmbeddedError;
use crate::embedded::fault::Fault;
use crate::embedded::version::ServerVersion;

/// A private server, which is not available on this system: no value of this type exists.
#[derive(Debug)]
pub enum PrivateServer {}

#[expect(clippy::missing_errors_doc, reason = "every function always fails")]
impl PrivateServer {
    /// Not available here.
    pub fn persistent(_app: &str) -> Result<Self, EmbeddedError> {
        Err(Fault::Unsupported.into())
    }

    /// Not available here.
    pub fn ephemeral() -> Result<Self, EmbeddedError> {
        Err(Fault::Unsupported.into())
    }

    /// Not available here.
    pub fn running(_app: &str) -> Result<Option<Self>, EmbeddedError> {
        Err(Fault::Unsupported.into())
    }

    /// Not available here.
    pub fn stop(_app: &str) -> Result<bool, EmbeddedError> {
        Err(Fault::Unsupported.into())
    }

    /// Not available here.
    pub fn reset(_app: &str) -> Result<bool, EmbeddedError> {
        Err(Fault::Unsupported.into())
    }

    /// Never called.
    pub fn url(&self, _database: &str) -> String {
        match *self {}
    }

    /// Never called.
    pub fn tcp_url(&self, _database: &str) -> Option<String> {
        match *self {}
    }

    /// Never called.
    pub fn describe(&self, _database: &str) -> String {
        match *self {}
    }

    /// Never called.
    pub fn version(&self) -> &ServerVersion {
        match *self {}
    }

    /// Never called.
    pub fn data_directory(&self) -> &Path {
        match *self {}
    }

    /// Never called.
    pub fn binaries(&self) -> &Path {
        match *self {}
    }

    /// Never called.
    pub async fn ensure_database(&self, _name: &str) -> Result<bool, EmbeddedError> {
        match *self {}
    }

    #[expect(clippy::unnecessary_wraps, reason = "the same shape as on Unix")]
    pub(crate) fn keep(&self) -> Result<(), EmbeddedError> {
        match *self {}
    }
}
