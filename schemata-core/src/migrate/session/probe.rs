//! What the migrator has to know of the server and the migrated schema before anything else, asked in one round trip. Each
//! probe also confirms that the connection still has the session that it was opened with.

use tokio_postgres::types::Type;

use crate::exec::connect::{Address, SessionReadings};
use crate::ident::Ident;
use crate::migrate::error::MigrateError;
use crate::migrate::session::connection::DedicatedConnection;

/// The oldest server that the library supports, as `server_version_num`.
const OLDEST: i32 = 130_000;

/// The state of the server and of the migrated schema at one moment.
#[derive(Debug)]
pub(crate) struct Probe {
    /// The server's major version.
    pub(crate) major: i32,
    /// Why the server takes no writes, if it takes none.
    pub(crate) read_only: Option<&'static str>,
    /// The process id of the server session that answered.
    pub(crate) backend: i32,
    pub(crate) role: String,
    pub(crate) database: String,
    /// Whether the migrated schema exists.
    pub(crate) schema_exists: bool,
    /// Whether the schema has a ledger of the name that ledgers had at first.
    pub(crate) has_former_ledger: bool,
    /// The relation called `schemata_migrations` in that schema: its kind, and its columns as `name type`.
    pub(crate) ledger: Option<(String, Vec<String>)>,
}

/// Connects and probes. The probe is the second reading of the session, so that finding a pooler costs no round trip of its
/// own.
pub(crate) async fn open_and_probe(
    address: &Address,
    application: &str,
    schema: &Ident,
) -> Result<(DedicatedConnection, Probe), MigrateError> {
    let connection = DedicatedConnection::open_after(address, application, SessionReadings::One).await?;
    match probe(&connection, schema).await {
        Ok(found) => Ok((connection, found)),
        Err(error) => {
            connection.close().await;
            Err(error)
        }
    }
}

/// Asks the server, in one round trip, and refuses a pooler that gave this transaction another session.
pub(crate) async fn probe(connection: &DedicatedConnection, schema: &Ident) -> Result<Probe, MigrateError> {
    let row = connection
        .session()
        .query_opt("reading the server's settings", include_str!("probe.sql"), &[(&schema.as_str(), Type::TEXT)])
        .await?
        .expect("a SELECT from one row yields one row");
    connection.confirm(row.get("backend"))?;
    let version: i32 = row.get("version_num");
    if version < OLDEST {
        return Err(MigrateError::ServerTooOld { version: row.get("version") });
    }
    let read_only = match (row.get("is_standby"), row.get("is_read_only")) {
        (true, _) => Some("a standby"),
        (false, true) => Some("default_transaction_read_only is on"),
        (false, false) => None,
    };
    let columns: Option<Vec<String>> = row.get("ledger_columns");
    let kind: Option<String> = row.get("ledger_kind");
    Ok(Probe {
        major: version / 10_000,
        read_only,
        backend: row.get("backend"),
        role: row.get("role"),
        database: row.get("database"),
        schema_exists: row.get("schema_exists"),
        has_former_ledger: row.get("has_former_ledger"),
        ledger: kind.map(|kind| (kind, columns.unwrap_or_default())),
    })
}
