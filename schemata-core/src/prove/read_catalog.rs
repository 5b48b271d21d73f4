//! Reads catalogs over the connections of migrators.

use tokio_postgres::Client;

use crate::catalog::{self, Catalog, Whole};
use crate::ident::Ident;
use crate::migrate::MigrateError;

/// Reads the schemas `main` and `further` of a database.
pub(crate) async fn read_catalog(client: &Client, main: &Ident, further: &[&str]) -> Result<Catalog, MigrateError> {
    let read = catalog::read(client, main, further).await;
    read.map_err(|source| MigrateError::Session { step: "reading the catalog", source })
}

/// Reads everything in a database whose migrated schema is `main`.
pub(crate) async fn read_whole_catalog(client: &Client, main: &Ident) -> Result<Whole, MigrateError> {
    let read = catalog::whole(client, main).await;
    read.map_err(|source| MigrateError::Session { step: "reading the whole catalog", source })
}
