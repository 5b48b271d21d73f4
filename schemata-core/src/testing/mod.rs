//! Databases for tests: one for each test, real, isolated, and gone afterwards.
//!
//! With `TEST_DATABASE_URL` set, databases are made on that server (its role needs CREATEDB);
//! else on the workspace's ephemeral [`PrivateServer`](crate::embedded::PrivateServer).
//! `DATABASE_URL` is never read: a test cannot touch an application's data. Names begin with
//! `schemata_test_`, and with `schemata_tpl_` for templates.
//!
//! `SCHEMATA_PG_KEEP=1` keeps the databases of failed tests, and prints how to look inside.

mod admin;
mod check;
mod name;
mod program;
mod sources;
mod template;
mod url;

use std::time::Duration;

use tokio::time::timeout;

use crate::embedded::EmbeddedError;
pub use check::{CheckError, Differences, check, check_set, check_with};
pub use program::{__check_test, LinkError, linked};
pub use sources::{SourcesError, Unlinked, UnlinkedMigration};

use admin::Admin;

/// A server that does not answer must not hang a finished test.
const DROP_LIMIT: Duration = Duration::from_secs(30);

/// Why a test database could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestDatabaseError {
    /// No private server.
    #[error("cannot start a private server for tests")]
    Embedded(#[from] EmbeddedError),
    /// The server of `TEST_DATABASE_URL` cannot be used. There is no fallback.
    #[error("cannot use the server of TEST_DATABASE_URL; unset it to use a private one")]
    Unreachable {
        /// What went wrong; the URL itself is not shown, as it may hold a password.
        source: Box<crate::Error>,
    },
    /// A statement failed.
    #[error("cannot {action} database {database}")]
    Statement {
        /// What was tried.
        action: &'static str,
        /// On which database.
        database: String,
        /// What the server said.
        source: tokio_postgres::Error,
    },
    /// The function that fills a template failed; nothing is left of the template.
    #[error("cannot fill template database {database}")]
    Setup {
        /// The template.
        database: String,
        /// What the function said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The thread or task that talks to the server ended early.
    #[error("a background task ended early")]
    Task,
}

/// A database that lives as long as this value.
///
/// It is dropped with this value, `WITH (FORCE)`: connections that are still open are ended.
/// It works in any tokio runtime with I/O and time, also in a current-thread one. What a
/// killed test process leaves is removed by the next one on the same machine.
///
/// # Example
/// ```no_run
/// use schemata::testing::TestDatabase;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let database = TestDatabase::create().await?;
/// let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await?;
/// # let _ = (client, connection);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    admin: Admin,
    name: String,
    url: String,
    dropped: bool,
}

impl TestDatabase {
    /// Makes an empty database.
    ///
    /// # Errors
    /// [`TestDatabaseError::Embedded`] or [`TestDatabaseError::Unreachable`] without a server,
    /// [`TestDatabaseError::Statement`] when it refuses.
    pub async fn create() -> Result<Self, TestDatabaseError> {
        let admin = Admin::get().await?;
        Self::copy_of(admin, "template0").await
    }

    /// Makes a copy of a template, which `setup` fills once for all tests with the same `key`.
    ///
    /// `key` stands for the template's contents: a name, or better a hash of the schema. The
    /// first to ask makes the template, on any process; the others wait. `setup` gets the
    /// template's URL. A template whose `setup` failed or was killed is made anew.
    ///
    /// # Errors
    /// As [`TestDatabase::create`], and [`TestDatabaseError::Setup`].
    pub async fn from_template<S, F, E>(key: impl AsRef<str> + Send, setup: S) -> Result<Self, TestDatabaseError>
    where
        S: FnOnce(String) -> F + Send,
        F: Future<Output = Result<(), E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let admin = Admin::get().await?;
        let template = template::ensure(&admin, key.as_ref(), setup).await?;
        Self::copy_of(admin, &template).await
    }

    async fn copy_of(admin: Admin, template: &str) -> Result<Self, TestDatabaseError> {
        let name = name::next();
        admin.create(&name, template).await?;
        let url = admin.url(&name);
        Ok(Self { admin, name, url, dropped: false })
    }

    /// The database's URL, for any client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Drops the database now, and says whether that worked.
    ///
    /// # Errors
    /// [`TestDatabaseError::Statement`] when the server refuses.
    pub async fn close(mut self) -> Result<(), TestDatabaseError> {
        self.dropped = true;
        self.admin.drop_database(&self.name).await
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.dropped {
            return;
        }
        if std::thread::panicking() && self.admin.keeps() {
            self.admin.keep_server();
            eprintln!("kept the failed test's database: psql '{}'", self.url);
            return;
        }
        let (admin, name) = (self.admin.clone(), std::mem::take(&mut self.name));
        // The test's own runtime may be current-thread, and is blocked here: use another.
        let worker = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async { timeout(DROP_LIMIT, admin.drop_database(&name)).await }).ok()
        });
        // What could not be dropped is left to the next run, which finds our process dead.
        let _ = worker.join();
    }
}
