//! Extensions, on scratch databases: models do not create them, and their types and functions have to be there all the same.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use crate::ident::quoted;
use crate::migrate::MigrateError;

/// The extensions of the database, each with the schema it is in.
pub(crate) async fn installed(client: &Client) -> Result<BTreeMap<String, String>, MigrateError> {
    let sql = "SELECT e.extname::text, n.nspname::text FROM pg_catalog.pg_extension e \
               JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'";
    let rows = client.query_typed(sql, &[]).await.map_err(failed)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Creates extensions where the role may. Where it may not, what needs one will say so.
pub(crate) async fn create(client: &Client, extensions: &BTreeMap<String, String>) {
    for (name, schema) in extensions {
        let (name, schema) = (quoted(name), quoted(schema));
        let there = format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {schema} CASCADE"
        );
        if client.batch_execute(&there).await.is_err() {
            // Some have a schema of their own, and no other.
            let _ = client.batch_execute(&format!("CREATE EXTENSION IF NOT EXISTS {name} CASCADE")).await;
        }
    }
}

/// The extensions that something in the database needs, which is not an extension's own. What belongs to an operator class is its
/// extension's own, and says so nowhere.
pub(crate) async fn needed(client: &Client) -> Result<Vec<String>, MigrateError> {
    let sql = "SELECT DISTINCT e.extname::text FROM pg_catalog.pg_depend d \
               LEFT JOIN pg_catalog.pg_type y ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.typarray = d.refobjid \
               JOIN pg_catalog.pg_depend x ON x.classid = d.refclassid AND x.objid = COALESCE(y.oid, d.refobjid) AND x.deptype = 'e' \
               JOIN pg_catalog.pg_extension e ON e.oid = x.refobjid WHERE d.deptype IN ('n', 'a') AND e.extname <> 'plpgsql' \
               AND d.classid NOT IN ('pg_catalog.pg_extension'::pg_catalog.regclass, 'pg_catalog.pg_amop'::pg_catalog.regclass, \
               'pg_catalog.pg_amproc'::pg_catalog.regclass) AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m \
               WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype IN ('e', 'i')) ORDER BY 1";
    let rows = client.query_typed(sql, &[]).await.map_err(failed)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn failed(source: tokio_postgres::Error) -> MigrateError {
    MigrateError::Session { step: "looking for extensions", source }
}
