//! `App`: what the commands have to know of the application.

use crate::cli::database::Database;
use crate::schema::Table;

/// An application: its name and its models.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) name: &'static str,
    pub(crate) version: Option<&'static str>,
    pub(crate) tables: Vec<&'static Table>,
    pub(crate) unmanaged: Vec<String>,
}

impl App {
    /// An application called `name`; its private database is called the same.
    pub fn new(name: &'static str) -> Self {
        Self { name, version: None, tables: Vec::new(), unmanaged: Vec::new() }
    }

    /// States the version, for the ledger.
    #[must_use]
    pub fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// Names the models, for `schema`: `tables![Customer, Order]`.
    #[must_use]
    pub fn tables(mut self, tables: impl IntoIterator<Item = &'static Table>) -> Self {
        self.tables.extend(tables);
        self
    }

    /// Leaves whole tables and enum types to the database, like `["spatial_ref_sys", "topology.*"]`: see
    /// [`Migrator::unmanaged`](crate::migrate::Migrator::unmanaged).
    #[must_use]
    pub fn unmanaged(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.unmanaged.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Returns the application's database: the one at `DATABASE_URL`. Without that variable, a development build starts a
    /// private server; a release build does so only with `SCHEMATA_PRIVATE_SERVER=1`.
    ///
    /// # Errors
    /// When there is no `DATABASE_URL`, and a private server may not or cannot be started; the message says what to do.
    pub async fn database(&self) -> Result<Database, Box<dyn std::error::Error + Send + Sync>> {
        Database::open(self.name).await
    }

    /// Name and version, as the ledger keeps them.
    pub(crate) fn label(&self) -> String {
        self.version.map_or_else(|| self.name.to_owned(), |version| format!("{} {version}", self.name))
    }
}
