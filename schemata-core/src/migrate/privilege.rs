//! What to grant, where the server refuses a migrator.

use tokio_postgres::error::SqlState;

use crate::ident::{Ident, quoted};
use crate::migrate::error::MigrateError;
use crate::migrate::session::Probe;

/// Turns a refusal over the ledger into what to grant.
pub(crate) fn explain(
    schema: &Ident,
    probe: &Probe,
    error: MigrateError,
    action: &str,
    grant: impl FnOnce(&Ident) -> String,
) -> MigrateError {
    match error {
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

/// The role that is connected, quoted.
pub(crate) fn role(probe: &Probe) -> String {
    quoted(&probe.role)
}
