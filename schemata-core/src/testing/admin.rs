//! The server of the test databases, and the statements that create and drop them.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres::Client;

use crate::embedded::{EmbeddedError, EnvironmentSettings, Fault, PrivateServer, connect, create_database};
use crate::ident::quoted;
use crate::testing::error::TestError;
use crate::testing::{name, url};

/// The first version with `STRATEGY file_copy`, which is two to three times faster for small databases.
const FILE_COPY_SINCE: u32 = 150_000;

/// A server, shared by all tests of this process.
#[derive(Debug, Clone)]
pub(super) struct Admin {
    url: String,
    server: Option<Arc<PrivateServer>>,
    keep: bool,
}

/// Lives until the process ends, which releases the lease.
static SHARED: Mutex<Option<Admin>> = Mutex::new(None);

impl Admin {
    /// Returns the server of `TEST_DATABASE_URL`, or else the private one.
    pub(super) async fn get() -> Result<Self, TestError> {
        // Finding a server blocks, and must not stop the tasks of a current-thread runtime.
        let found = tokio::task::spawn_blocking(Self::find).await.map_err(|_| EmbeddedError::from(Fault::Task))?;
        let (admin, first) = found?;
        if first && !admin.keep {
            admin.drop_abandoned().await?;
        }
        Ok(admin)
    }

    /// Returns the server, and whether this is the first call in this process.
    fn find() -> Result<(Self, bool), TestError> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(admin) = &*shared {
            return Ok((admin.clone(), false));
        }
        let keep = EnvironmentSettings::from_env().map_err(EmbeddedError::from)?.keep;
        let given = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.trim().is_empty());
        let admin = if let Some(url) = given {
            Self { url, server: None, keep }
        } else {
            let server = PrivateServer::ephemeral()?;
            Self { url: server.url("postgres"), server: Some(Arc::new(server)), keep }
        };
        *shared = Some(admin.clone());
        Ok((admin, true))
    }

    /// Returns the URL of a database on the server.
    pub(super) fn url(&self, database: &str) -> String {
        url::with_database(&self.url, database)
    }

    /// Returns whether databases of failed tests are kept.
    pub(super) fn keeps(&self) -> bool {
        self.keep
    }

    /// Keeps the private server running after this process.
    pub(super) fn keep_server(&self) {
        if let Some(server) = &self.server {
            let _ = server.keep();
        }
    }

    pub(super) async fn connect(&self) -> Result<Client, TestError> {
        connect(&self.url).await.map_err(|source| match self.server {
            Some(_) => EmbeddedError::from(Fault::unreachable(source)).into(),
            None => TestError::Unreachable { source: Box::new(source) },
        })
    }

    /// Creates a database from a template without connections.
    pub(super) async fn create(&self, database: &str, template: &str) -> Result<(), TestError> {
        create(&self.connect().await?, database, template).await
    }

    pub(super) async fn drop_database(&self, database: &str) -> Result<(), TestError> {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(database));
        let result = self.connect().await?.batch_execute(&statement).await;
        result.map_err(|source| TestError::Statement { action: "drop", database: database.into(), source })
    }

    /// Drops the databases of killed test processes of this machine, without force: one that has
    /// connections is in use.
    async fn drop_abandoned(&self) -> Result<(), TestError> {
        let client = self.connect().await?;
        let prefix = name::prefix();
        let rows =
            client.query("SELECT datname FROM pg_database WHERE starts_with(datname::text, $1)", &[&prefix]).await;
        let rows = rows.map_err(Fault::database("list the databases")).map_err(EmbeddedError::from)?;
        for database in rows.iter().map(|row| row.get::<_, String>("datname")).filter(|name| name::is_abandoned(name)) {
            // Another run may be dropping it, or it may be in use after all.
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {}", quoted(&database))).await;
        }
        Ok(())
    }
}

/// Creates a database, by copying files if the server has that option.
pub(super) async fn create(client: &Client, database: &str, template: &str) -> Result<(), TestError> {
    let error = |source| TestError::Statement { action: "create", database: database.into(), source };
    let version =
        client.query_one("SELECT current_setting('server_version_num')::int AS version", &[]).await.map_err(error)?;
    let can_copy = u32::try_from(version.get::<_, i32>("version")).is_ok_and(|version| version >= FILE_COPY_SINCE);
    let options = if can_copy { "STRATEGY file_copy" } else { "" };
    create_database(client, database, template, options).await.map_err(error)
}
