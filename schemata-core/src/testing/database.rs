//! [`TestDatabase`]: a database that is dropped with its value.

use std::time::Duration;

use tokio::time::timeout;

use crate::testing::admin::Admin;
use crate::testing::error::TestError;
use crate::testing::{name, template};

/// Limits the drop, so that a server that does not answer cannot block a finished test.
const DROP_LIMIT: Duration = Duration::from_secs(30);

/// A database that lives as long as this value.
///
/// It is dropped with this value, `WITH (FORCE)`, which closes open connections. It works in any
/// tokio runtime with I/O and time, also in a current-thread one. The databases of a killed test
/// process are removed by the next one on the same machine.
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
    /// Creates an empty database.
    ///
    /// # Errors
    /// [`TestError::Embedded`] or [`TestError::Unreachable`] without a server,
    /// [`TestError::Statement`] if it refuses.
    pub async fn create() -> Result<Self, TestError> {
        let admin = Admin::get().await?;
        Self::copy_of(admin, "template0").await
    }

    /// Creates a copy of a template, which `setup` fills once for all tests with the same `key`.
    ///
    /// `key` identifies the template's contents: a name, or better a hash of the schema. The first
    /// caller of all processes creates the template, and the others wait. `setup` gets the
    /// template's URL. A template whose `setup` failed or was killed is created again.
    ///
    /// # Errors
    /// As for [`TestDatabase::create`], and [`TestError::Setup`].
    pub async fn from_template<S, F, E>(key: impl AsRef<str> + Send, setup: S) -> Result<Self, TestError>
    where
        S: FnOnce(String) -> F + Send,
        F: Future<Output = Result<(), E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let admin = Admin::get().await?;
        let template = template::ensure(&admin, key.as_ref(), setup).await?;
        Self::copy_of(admin, &template).await
    }

    async fn copy_of(admin: Admin, template: &str) -> Result<Self, TestError> {
        let name = name::next();
        admin.create(&name, template).await?;
        let url = admin.url(&name);
        Ok(Self { admin, name, url, dropped: false })
    }

    /// Returns the database's URL, for any client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Drops the database now, and reports errors, which a drop of the value does not.
    ///
    /// # Errors
    /// [`TestError::Statement`] if the server refuses.
    pub async fn close(mut self) -> Result<(), TestError> {
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
        // The test's runtime may be a current-thread one, which is blocked here, so use another.
        let worker = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async { timeout(DROP_LIMIT, admin.drop_database(&name)).await }).ok()
        });
        // If this fails, the next run drops the database, since this process is dead then.
        let _ = worker.join();
    }
}
