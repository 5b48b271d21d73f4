//! `provision`: one new schema with all migrations applied.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::exec::dial::Address;
use crate::ident::Ident;
use crate::migrate::preconditions;
use crate::migrate::record::Recorded;
use crate::migrate::session::{Connection, probe};
use crate::migrate::{MigrateError, Migrator, Report};
use crate::tenants::error::TenantsError;

impl Migrator {
    /// Makes the schema that this migrator migrates, for a new tenant, with all migrations applied.
    ///
    /// The schema and its ledger come with the first migration, in the same transaction. Interrupted after that, the next
    /// call carries on where this one was; a schema that has everything is left as it is, and the report is empty. An
    /// empty schema that someone made before is used.
    ///
    /// # Errors
    /// [`TenantsError::Taken`] for a schema that holds things and has no ledger; otherwise as [`Migrator::run`].
    pub async fn provision(&self, url: &str) -> Result<Report, TenantsError> {
        preconditions::not_reserved(self.target())?;
        let known = self.record().await?;
        if known.is_empty() {
            return Err(TenantsError::NoMigrations);
        }
        let address = Address::parse(url).map_err(MigrateError::from)?;
        let connection = Connection::open(&address, self.application_name()).await?;
        let done = self.provision_on(&connection, &known).await;
        connection.close().await;
        done
    }

    async fn provision_on(&self, connection: &Connection, known: &[Recorded]) -> Result<Report, TenantsError> {
        let one = probe(&connection.client, self.target()).await?;
        let other = probe(&connection.client, self.target()).await?;
        preconditions::same_process(connection, &one, &other)?;
        if let Some(why) = other.read_only {
            return Err(MigrateError::ReadOnly { why, pending: known.len() }.into());
        }
        self.lock(connection).await?;
        let found = probe(&connection.client, self.target()).await?;
        if found.schema_exists && found.ledger.is_none() {
            let objects = objects(&connection.client, self.target()).await?;
            if objects > 0 {
                return Err(TenantsError::Taken { schema: self.target().clone(), objects });
            }
        }
        let applied = self.applied(connection, &found).await?;
        Ok(self.carry_out(connection, &found, known, &applied).await?)
    }
}

/// How many things are in a schema: tables, types, functions, extensions and whatever else depends on it.
async fn objects(client: &Client, schema: &Ident) -> Result<i64, MigrateError> {
    let sql = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid \
               WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.nspname = $1 \
               AND d.deptype IN ('n', 'a')";
    let rows = client.query_typed(sql, &[(&schema.as_str(), Type::TEXT)]).await;
    let rows = rows.map_err(|source| MigrateError::Session { step: "looking into the schema", source })?;
    Ok(rows.first().map_or(0, |row| row.get(0)))
}
