//! `Tenants`: which schemas are meant.

use std::collections::BTreeSet;

use tokio_postgres::types::Type;

use crate::exec::dial::Address;
use crate::ident::Ident;
use crate::migrate::MigrateError;
use crate::migrate::preconditions::not_reserved;
use crate::migrate::nearest::nearest;
use crate::migrate::session::Connection;
use crate::tenants::error::TenantsError;
use crate::tenants::pattern::like;
use crate::tenants::query;

/// The schemas of some tenants, each once.
///
/// PostgreSQL's own schemas (`pg_…`, `information_schema`) are never among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tenants {
    schemas: Vec<Ident>,
    /// Whether somebody said that they exist, rather than the catalog.
    named: bool,
}

/// How the listing connection is called in the server's list of processes.
const APPLICATION: &str = "schemata tenants";

impl Tenants {
    /// These schemas, in this order. They have to exist when they are migrated:
    /// [`Migrator::provision`](crate::migrate::Migrator::provision) makes one.
    pub fn new(schemas: impl IntoIterator<Item = Ident>) -> Self {
        Self { named: true, ..Self::found(schemas) }
    }

    /// Schemas that were there a moment ago.
    fn found(schemas: impl IntoIterator<Item = Ident>) -> Self {
        let mut seen = BTreeSet::new();
        let usable = |schema: &Ident| not_reserved(schema).is_ok() && seen.insert(schema.clone());
        Self { schemas: schemas.into_iter().filter(usable).collect(), named: false }
    }

    /// The schemas of the database at `url` whose names match: `*` stands for any characters, `?` for one, everything else
    /// for itself.
    ///
    /// # Errors
    /// [`TenantsError::NoMatch`] with the nearest names, where none does.
    pub async fn matching(url: &str, pattern: &str) -> Result<Self, TenantsError> {
        let sql = "SELECT nspname::text, nspname::text LIKE $1 ESCAPE E'\\\\' FROM pg_catalog.pg_namespace \
                   ORDER BY pg_catalog.length(nspname::text), nspname";
        let connection = Connection::open(&Address::parse(url).map_err(MigrateError::from)?, APPLICATION).await?;
        let rows = connection.client.query_typed(sql, &[(&like(pattern), Type::TEXT)]).await;
        connection.close().await;
        let rows = rows.map_err(|source| MigrateError::Session { step: "listing the schemas", source })?;
        let (mut matching, mut others) = (Vec::new(), Vec::new());
        for row in &rows {
            let name = Ident::new(row.get::<_, &str>(0))?;
            if not_reserved(&name).is_ok() {
                if row.get(1) { &mut matching } else { &mut others }.push(name);
            }
        }
        if matching.is_empty() {
            let nearest = nearest(pattern, others.iter().map(Ident::as_str));
            return Err(TenantsError::NoMatch { pattern: pattern.to_owned(), nearest });
        }
        Ok(Self::found(matching))
    }

    /// Takes the schemas that a query returns, one per row: `SELECT schema_name FROM tenants WHERE active`. As with
    /// [`Tenants::new`], they have to exist.
    ///
    /// The query must be one statement. It runs in a read-only transaction, on a connection that is closed afterwards, and
    /// is given 30 seconds, or less if `statement_timeout` is less.
    ///
    /// # Errors
    /// [`TenantsError::Query`], [`TenantsError::TooSlow`], [`TenantsError::NotNames`], [`TenantsError::NoRows`].
    pub async fn query(url: &str, sql: &str) -> Result<Self, TenantsError> {
        let connection = Connection::open(&Address::parse(url).map_err(MigrateError::from)?, APPLICATION).await?;
        let names = query::names(&connection.client, sql).await;
        connection.close().await;
        let names = names?;
        if names.is_empty() { Err(TenantsError::NoRows) } else { Ok(Self::new(names)) }
    }

    /// The schemas.
    pub fn schemas(&self) -> &[Ident] {
        &self.schemas
    }

    /// Whether one that does not exist is a mistake. One that the catalog had was dropped meanwhile.
    pub(crate) fn must_exist(&self) -> bool {
        self.named
    }
}
