//! The database of the application: the one at `DATABASE_URL`, or one on the private server.

use std::env::{self, VarError};

#[cfg(feature = "dev")]
use crate::cli::output;
#[cfg(feature = "dev")]
use crate::embedded::{EmbeddedError, PrivateServer};
use crate::error::Error;
use crate::exec::Db;

/// The application's database. If it is on the private server, this value keeps the server running.
#[derive(Debug)]
pub struct Database {
    url: String,
    #[cfg(feature = "dev")]
    _server: Option<PrivateServer>,
}

/// Why there is no database: the source of an [`Error::NoDatabase`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// `DATABASE_URL` is missing in a release build, where data on a private server would be lost data.
    #[cfg(feature = "dev")]
    #[error(
        "DATABASE_URL is {found}, and a release build starts no private PostgreSQL by itself; write \
         DATABASE_URL=postgres://user:password@host/db, or SCHEMATA_PRIVATE_SERVER=1 where a private server is meant"
    )]
    Release {
        /// `not set` or `empty`.
        found: &'static str,
    },
    /// `DATABASE_URL` is missing in a build without the feature `dev`.
    #[cfg(not(feature = "dev"))]
    #[error(
        "DATABASE_URL is {found}, and this program was built without the private PostgreSQL; write \
         DATABASE_URL=postgres://user:password@host/db, or enable the feature `dev` of schemata-core in a development build"
    )]
    WithoutDev {
        /// `not set` or `empty`.
        found: &'static str,
    },
    /// `DATABASE_URL` is not UTF-8.
    #[error("DATABASE_URL is not UTF-8")]
    NotText,
    /// The private server cannot be used.
    #[cfg(feature = "dev")]
    #[error(transparent)]
    PrivateServer(#[from] EmbeddedError),
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        Self::NoDatabase(Box::new(error))
    }
}

/// Returns `DATABASE_URL`, unless it is empty.
///
/// # Errors
/// If the variable is not UTF-8.
#[cfg(feature = "dev")]
pub(crate) fn given_url() -> Result<Option<String>, DatabaseError> {
    url(env::var("DATABASE_URL"))
}

fn url(given: Result<String, VarError>) -> Result<Option<String>, DatabaseError> {
    match given {
        Ok(url) => Ok(Some(url).filter(|url| !url.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(DatabaseError::NotText),
    }
}

/// Returns the URL to use, or `None` for a private server: in a development build, and in others if `asked` is `1`.
#[cfg(feature = "dev")]
fn choose(
    given: Result<String, VarError>,
    asked: Option<&str>,
    development: bool,
) -> Result<Option<String>, DatabaseError> {
    let found = if given.is_ok() { "empty" } else { "not set" };
    match url(given)? {
        None if !development && asked != Some("1") => Err(DatabaseError::Release { found }),
        url => Ok(url),
    }
}

/// Starts the private server of `app` or finds it running, and describes it on standard error.
#[cfg(feature = "dev")]
pub(crate) async fn private_server(app: &'static str) -> Result<PrivateServer, DatabaseError> {
    let started = tokio::task::spawn_blocking(move || PrivateServer::persistent(app)).await;
    let server = started.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))?;
    output::note(&server.describe(app));
    server.ensure_database(app).await?;
    Ok(server)
}

impl Database {
    /// Returns `DATABASE_URL` if it is set. Otherwise returns a database of the private server, named after the application,
    /// in a development build or with `SCHEMATA_PRIVATE_SERVER=1`.
    ///
    /// The library's own `debug_assertions` mark a development build: the profile sets them for the application and its
    /// dependencies alike.
    #[cfg(feature = "dev")]
    pub(crate) async fn open(app: &'static str) -> Result<Self, DatabaseError> {
        let asked = env::var("SCHEMATA_PRIVATE_SERVER").ok();
        if let Some(url) = choose(env::var("DATABASE_URL"), asked.as_deref(), cfg!(debug_assertions))? {
            return Ok(Self { url, _server: None });
        }
        let server = private_server(app).await?;
        Ok(Self { url: server.url(app), _server: Some(server) })
    }

    /// Returns `DATABASE_URL`: this build has no private server.
    #[cfg(not(feature = "dev"))]
    #[expect(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(crate) async fn open(_app: &'static str) -> Result<Self, DatabaseError> {
        let given = env::var("DATABASE_URL");
        let found = if given.is_ok() { "empty" } else { "not set" };
        Ok(Self { url: url(given)?.ok_or(DatabaseError::WithoutDev { found })? })
    }

    /// Returns its URL, which may hold a password: do not print it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Connects a pool to it.
    ///
    /// # Errors
    /// As for [`Db::connect`].
    pub async fn connect(&self) -> crate::Result<Db> {
        Db::connect(&self.url).await
    }
}

#[cfg(all(test, feature = "dev"))]
mod tests {
    use super::*;

    const UNSET: Result<String, VarError> = Err(VarError::NotPresent);

    #[test]
    fn a_release_build_starts_no_private_server_unless_asked_by_name() {
        assert!(matches!(choose(UNSET, None, false), Err(DatabaseError::Release { found: "not set" })));
        assert!(matches!(choose(Ok(String::new()), Some("0"), false), Err(DatabaseError::Release { found: "empty" })));
        assert!(matches!(choose(UNSET, Some("1"), false), Ok(None)));
        assert!(matches!(choose(UNSET, None, true), Ok(None)));
        assert!(matches!(choose(Ok(String::new()), None, true), Ok(None)));
    }

    #[test]
    fn a_url_that_is_given_is_used_and_nothing_else() {
        for development in [true, false] {
            let given = || Ok("postgres://x/y".to_owned());
            assert_eq!(choose(given(), Some("1"), development).ok().flatten().as_deref(), Some("postgres://x/y"));
            let no_text = || Err(VarError::NotUnicode(std::ffi::OsString::from("x")));
            assert!(matches!(choose(no_text(), Some("1"), development), Err(DatabaseError::NotText)));
        }
    }
}
