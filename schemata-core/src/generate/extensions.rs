//! Extensions on scratch databases: models do not create them, but need their types and functions.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use crate::ident::quoted;
use crate::migrate::MigrateError;

const INSTALLED: &str = "
    SELECT e.extname::text AS name, n.nspname::text AS schema
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname <> 'plpgsql'";

/// Leaves out the members of operator families: those of an extension are not marked as its own.
const NEEDED: &str = "
    SELECT DISTINCT e.extname::text AS name
    FROM pg_catalog.pg_depend d
    -- An array type stands for the type of its elements.
    LEFT JOIN pg_catalog.pg_type element
      ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND element.typarray = d.refobjid
    JOIN pg_catalog.pg_depend member
      ON member.classid = d.refclassid
     AND member.objid = coalesce(element.oid, d.refobjid)
     AND member.deptype = 'e'
    JOIN pg_catalog.pg_extension e ON e.oid = member.refobjid
    WHERE d.deptype IN ('n', 'a')
      AND e.extname <> 'plpgsql'
      AND d.classid NOT IN (
          'pg_catalog.pg_extension'::pg_catalog.regclass,
          'pg_catalog.pg_amop'::pg_catalog.regclass,
          'pg_catalog.pg_amproc'::pg_catalog.regclass
      )
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend own
          WHERE own.classid = d.classid AND own.objid = d.objid
            -- The index of a constraint is a part of it, and alone depends on its operator classes.
            AND (own.deptype = 'e'
                 OR own.deptype = 'i' AND own.refclassid <> 'pg_catalog.pg_constraint'::pg_catalog.regclass)
      )
    ORDER BY 1";

/// Returns the extensions of the database, each with its schema.
pub(crate) async fn installed(client: &Client) -> Result<BTreeMap<String, String>, MigrateError> {
    let rows = client.query_typed(INSTALLED, &[]).await.map_err(failed)?;
    Ok(rows.iter().map(|row| (row.get("name"), row.get("schema"))).collect())
}

/// Creates the extensions that the role may create. Objects that need one of the others fail later, with a message.
pub(crate) async fn create(client: &Client, extensions: &BTreeMap<String, String>) {
    for (name, schema) in extensions {
        let (name, schema) = (quoted(name), quoted(schema));
        let in_schema = format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {schema} CASCADE"
        );
        if client.batch_execute(&in_schema).await.is_err() {
            // Some extensions dictate their schema.
            let _ = client.batch_execute(&format!("CREATE EXTENSION IF NOT EXISTS {name} CASCADE")).await;
        }
    }
}

/// Returns the extensions that an object outside extensions needs.
pub(crate) async fn needed(client: &Client) -> Result<Vec<String>, MigrateError> {
    let rows = client.query_typed(NEEDED, &[]).await.map_err(failed)?;
    Ok(rows.iter().map(|row| row.get("name")).collect())
}

fn failed(source: tokio_postgres::Error) -> MigrateError {
    MigrateError::Session { step: "looking for extensions", source }
}
