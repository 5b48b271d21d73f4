//! Reads a catalog over the connection of a migrator.

use tokio_postgres::Client;

use crate::catalog::{self, Catalog};
use crate::ident::Ident;
use crate::migrate::MigrateError;

/// Reads the schemas `main` and `further` of a database.
pub(crate) async fn read_catalog(client: &Client, main: &Ident, further: &[&str]) -> Result<Catalog, MigrateError> {
    let read = catalog::read(client, main, further).await;
    read.map_err(|source| MigrateError::Session { step: "reading the catalog", source })
}
