//! Which database the application uses.

use std::env::{self, VarError};

use crate::cli::output::{self, BoxError};
use crate::embedded::PrivateServer;
use crate::exec::Db;

/// The application's database. While this lives, so does the private server, where there is one.
#[derive(Debug)]
pub struct Database {
    url: String,
    _server: Option<PrivateServer>,
}

/// The reasons why no database can be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum NoDatabase {
    /// In production, data on a private server would be data lost.
    #[error(
        "DATABASE_URL is {found}, and a release build starts no private PostgreSQL by itself; write \
         DATABASE_URL=postgres://user:password@host/db, or SCHEMATA_PRIVATE_SERVER=1 where a private server is meant"
    )]
    Release {
        /// `not set` or `empty`.
        found: &'static str,
    },
    #[error("DATABASE_URL is not UTF-8")]
    NotText,
}

/// `DATABASE_URL`, unless it is empty.
///
/// # Errors
/// When the variable is not UTF-8.
pub(crate) fn given_url() -> Result<Option<String>, BoxError> {
    Ok(url(env::var("DATABASE_URL"))?)
}

fn url(given: Result<String, VarError>) -> Result<Option<String>, NoDatabase> {
    match given {
        Ok(url) => Ok(Some(url).filter(|url| !url.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(NoDatabase::NotText),
    }
}

/// Returns the URL to use, or `None` for a private server: in a development build, and in others if `asked` is `1`.
fn choose(
    given: Result<String, VarError>,
    asked: Option<&str>,
    development: bool,
) -> Result<Option<String>, NoDatabase> {
    let found = if given.is_ok() { "empty" } else { "not set" };
    match url(given)? {
        None if !development && asked != Some("1") => Err(NoDatabase::Release { found }),
        url => Ok(url),
    }
}

/// Starts the private server of `app`, or finds it running, and says so on standard error.
pub(crate) async fn private_server(app: &'static str) -> Result<PrivateServer, BoxError> {
    let server = tokio::task::spawn_blocking(move || PrivateServer::persistent(app)).await??;
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
    pub(crate) async fn open(app: &'static str) -> Result<Self, BoxError> {
        let asked = env::var("SCHEMATA_PRIVATE_SERVER").ok();
        if let Some(url) = choose(env::var("DATABASE_URL"), asked.as_deref(), cfg!(debug_assertions))? {
            return Ok(Self { url, _server: None });
        }
        let server = private_server(app).await?;
        Ok(Self { url: server.url(app), _server: Some(server) })
    }

    /// Its URL. It may hold a password: do not print it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A pool of connections to it.
    ///
    /// # Errors
    /// As [`Db::connect`].
    pub async fn connect(&self) -> crate::Result<Db> {
        Db::connect(&self.url).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSET: Result<String, VarError> = Err(VarError::NotPresent);

    #[test]
    fn a_release_build_starts_no_private_server_unless_asked_by_name() {
        assert_eq!(choose(UNSET, None, false), Err(NoDatabase::Release { found: "not set" }));
        assert_eq!(choose(Ok(String::new()), Some("0"), false), Err(NoDatabase::Release { found: "empty" }));
        assert_eq!(choose(UNSET, Some("1"), false), Ok(None));
        assert_eq!(choose(UNSET, None, true), Ok(None));
        assert_eq!(choose(Ok(String::new()), None, true), Ok(None));
    }

    #[test]
    fn a_url_that_is_given_is_used_and_nothing_else() {
        for development in [true, false] {
            let given = || Ok("postgres://x/y".to_owned());
            assert_eq!(choose(given(), Some("1"), development), Ok(Some("postgres://x/y".to_owned())));
            let no_text = || Err(VarError::NotUnicode(std::ffi::OsString::from("x")));
            assert_eq!(choose(no_text(), Some("1"), development), Err(NoDatabase::NotText));
        }
    }
}
