//! [`App`]: the facts about the application that the commands need.

use crate::cli::database::Database;
use crate::schema::Table;

/// An application: its name, version and models.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) name: &'static str,
    pub(crate) version: Option<&'static str>,
    pub(crate) tables: Vec<&'static Table>,
    pub(crate) unmanaged: Vec<String>,
}

impl App {
    /// Creates an application called `name`, which is also the name of its private database.
    pub fn new(name: &'static str) -> Self {
        Self { name, version: None, tables: Vec::new(), unmanaged: Vec::new() }
    }

    /// Sets the version that the ledger records.
    #[must_use]
    pub fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// Adds models, for `check`, `generate` and `schema`: `tables![Customer, Order]`.
    #[must_use]
    pub fn tables(mut self, tables: impl IntoIterator<Item = &'static Table>) -> Self {
        self.tables.extend(tables);
        self
    }

    /// Leaves whole tables and enum types to the database, like `["spatial_ref_sys", "topology.*"]`; see
    /// [`Migrator::unmanaged`](crate::migrate::Migrator::unmanaged).
    #[must_use]
    pub fn unmanaged(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.unmanaged.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Returns the application's database: the one at `DATABASE_URL`. Without that variable, a build with the feature `dev`
    /// starts a private server, in release only with `SCHEMATA_PRIVATE_SERVER=1`.
    ///
    /// # Errors
    /// [`Error::NoDatabase`](crate::Error::NoDatabase), whose message says what to do, if `DATABASE_URL` is not set and
    /// no private server can be started.
    pub async fn database(&self) -> crate::Result<Database> {
        Ok(Database::open(self.name).await?)
    }

    /// Returns name and version, as the ledger records them.
    pub(crate) fn label(&self) -> String {
        self.version.map_or_else(|| self.name.to_owned(), |version| format!("{} {version}", self.name))
    }
}
