//! `provision`: creates the schema of a new tenant, with all migrations applied.

use tokio_postgres::types::Type;

use crate::exec::connect::Address;
use crate::ident::Ident;
use crate::migrate::preconditions::not_reserved;
use crate::migrate::record::Recorded;
use crate::migrate::run::SchemaRun;
use crate::migrate::session::{DedicatedConnection, MigratorSession, probe};
use crate::migrate::{MigrateError, Migrator, Report};
use crate::tenants::error::TenantsError;

impl Migrator {
    /// Creates the schema that this migrator migrates, for a new tenant, with all migrations applied.
    ///
    /// The schema and its ledger are created with the first migration, in the same transaction. If it is interrupted after
    /// that, the next call resumes; a schema that is up to date is left as it is, and the report is empty. An empty schema
    /// that exists already is used.
    ///
    /// # Errors
    /// [`TenantsError::Taken`] for a schema that holds objects and has no ledger; otherwise as [`Migrator::run`].
    pub async fn provision(&self, url: &str) -> Result<Report, TenantsError> {
        not_reserved(self.target())?;
        let known = self.record().await?;
        if known.is_empty() {
            return Err(TenantsError::NoMigrations);
        }
        let address = Address::parse(url).map_err(MigrateError::from)?;
        let connection = DedicatedConnection::open(&address, self.application_name()).await?;
        let done = provision(&self.schema_run, &connection, &known).await;
        connection.close().await;
        done
    }
}

async fn provision(
    run: &SchemaRun,
    connection: &DedicatedConnection,
    known: &[Recorded],
) -> Result<Report, TenantsError> {
    if let Some(why) = probe(connection, &run.schema).await?.read_only {
        return Err(MigrateError::ReadOnly { why, pending: known.len() }.into());
    }
    run.lock(connection).await?;
    let found = probe(connection, &run.schema).await?;
    if found.schema_exists && found.ledger.is_none() {
        let objects = count_objects(connection.session(), &run.schema).await?;
        if objects > 0 {
            return Err(TenantsError::Taken { schema: run.schema.clone(), objects });
        }
    }
    Ok(run.run_locked(connection, &found, known).await?)
}

/// Counts the objects in a schema: tables, types, functions, extensions and whatever else depends on it.
async fn count_objects(session: MigratorSession<'_>, schema: &Ident) -> Result<i64, MigrateError> {
    let sql = "SELECT pg_catalog.count(*) AS objects
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
            AND n.nspname = $1
            AND d.deptype IN ('n', 'a')";
    let row = session.query_opt("looking into the schema", sql, &[(&schema.as_str(), Type::TEXT)]).await?;
    Ok(row.map_or(0, |row| row.get("objects")))
}
