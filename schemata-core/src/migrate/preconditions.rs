//! What is refused before, or explained after, PostgreSQL would refuse it in fewer words.

use tokio_postgres::error::SqlState;

use crate::exec::url::server_name;
use crate::ident::{Ident, quoted};
use crate::migrate::error::MigrateError;
use crate::migrate::session::{Connection, Probe};

/// `"$user"` means another schema in a search path, even quoted, and the system's schemas are not ours.
pub(crate) fn not_reserved(schema: &Ident) -> Result<(), MigrateError> {
    let name = schema.as_str();
    if name == "$user" || name == "information_schema" || name.starts_with("pg_") {
        return Err(MigrateError::ReservedSchema { schema: schema.clone() });
    }
    Ok(())
}

/// Refuses a pooler that was not noticed at connecting, and gives a transaction another session only now: a session lock
/// would be left on it.
pub(crate) fn same_process(connection: &Connection, one: &Probe, other: &Probe) -> Result<(), MigrateError> {
    if one.backend == other.backend {
        return Ok(());
    }
    let found = "two transactions ran on two processes of the server";
    Err(MigrateError::Pooler { server: server_name(&connection.address.config), found })
}

/// Turns a missing privilege on the ledger into what to grant.
pub(crate) fn privilege(
    probe: &Probe,
    error: MigrateError,
    schema: &Ident,
    action: &str,
    grant: impl FnOnce(&Ident) -> String,
) -> MigrateError {
    match error {
        MigrateError::Ledger { step: "upgraded", source, .. }
            if source.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) =>
        {
            MigrateError::NoPrivilege {
                role: probe.role.clone(),
                action: "upgrade the ledger, which another role owns".to_owned(),
                grant: format!("ALTER TABLE {schema}.schema_migrations OWNER TO {}", quoted(&probe.role)),
                source,
            }
        }
        MigrateError::Ledger { source, .. } if source.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            MigrateError::NoPrivilege {
                role: probe.role.clone(),
                action: action.to_owned(),
                grant: grant(schema),
                source,
            }
        }
        other => other,
    }
}
