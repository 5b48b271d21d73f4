//! What is refused before, or explained after, PostgreSQL would refuse it in fewer words.

use tokio_postgres::error::SqlState;

use crate::ident::{Ident, quoted};
use crate::migrate::error::MigrateError;
use crate::migrate::session::Probe;

/// `"$user"` means another schema in a search path, even quoted, and the system's schemas are not ours.
pub(crate) fn not_reserved(schema: &Ident) -> Result<(), MigrateError> {
    let name = schema.as_str();
    if name == "$user" || name == "information_schema" || name.starts_with("pg_") {
        return Err(MigrateError::ReservedSchema { schema: schema.clone() });
    }
    Ok(())
}

/// Transactions on two server processes: something between us and the server deals them out, and a lock would stay behind.
pub(crate) fn same_process(one: &Probe, other: &Probe) -> Result<(), MigrateError> {
    if one.backend == other.backend { Ok(()) } else { Err(MigrateError::Pooler) }
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
