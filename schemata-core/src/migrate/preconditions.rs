//! Refusals before PostgreSQL would refuse, and explanations of refusals for which its own words say too little.

use tokio_postgres::error::SqlState;

use crate::ident::{Ident, quoted};
use crate::migrate::error::MigrateError;
use crate::migrate::session::Probe;

/// Refuses schemas of the system, and `"$user"`, which means another schema in a search path even if quoted.
pub(crate) fn not_reserved(schema: &Ident) -> Result<(), MigrateError> {
    let name = schema.as_str();
    if name == "$user" || name == "information_schema" || name.starts_with("pg_") {
        return Err(MigrateError::ReservedSchema { schema: schema.clone() });
    }
    Ok(())
}

/// Turns a missing privilege on the ledger into the GRANT that helps; any other error stays as it is.
pub(crate) fn explain_privilege(
    probe: &Probe,
    error: MigrateError,
    schema: &Ident,
    action: &str,
    grant: impl FnOnce(&Ident) -> String,
) -> MigrateError {
    let (step, source) = match error {
        MigrateError::Ledger { step, source, .. } if source.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            (step, source)
        }
        other => return other,
    };
    let (action, grant) = if step == "upgraded" {
        let owner = format!("ALTER TABLE {schema}.schemata_migrations OWNER TO {}", quoted(&probe.role));
        ("upgrade the ledger, which another role owns", owner)
    } else {
        (action, grant(schema))
    };
    MigrateError::NoPrivilege { role: probe.role.clone(), action: action.to_owned(), grant, source }
}
