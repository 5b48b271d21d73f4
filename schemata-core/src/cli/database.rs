//! Which database the application uses.

use crate::cli::output::{self, BoxError};
use crate::embedded::PrivateServer;
use crate::exec::Db;

/// The application's database. While this lives, so does the private server, where there is one.
#[derive(Debug)]
pub struct Database {
    url: String,
    _server: Option<PrivateServer>,
}

/// `DATABASE_URL`, unless it is empty.
pub(crate) fn given_url() -> Option<String> {
    std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// Starts the private server of `app`, or finds it running, and says so on standard error.
pub(crate) async fn private_server(app: &'static str) -> Result<PrivateServer, BoxError> {
    let server = tokio::task::spawn_blocking(move || PrivateServer::persistent(app)).await??;
    output::note(&server.describe(app));
    server.ensure_database(app).await?;
    Ok(server)
}

impl Database {
    /// `DATABASE_URL` where it is set, and nothing else then; a private server's database, named after the
    /// application, otherwise.
    pub(crate) async fn open(app: &'static str) -> Result<Self, BoxError> {
        if let Some(url) = given_url() {
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
