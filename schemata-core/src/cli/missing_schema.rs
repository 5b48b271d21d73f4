//! A note that the schema given by `--schema` does not exist: the name may be a typo.

use crate::cli::output::{self, BoxError};
use crate::exec::connect::Address;
use crate::migrate::MigrateError;
use crate::migrate::nearest::{SCHEMAS, near, nearest};
use crate::migrate::session::DedicatedConnection;

/// The consequence of a missing schema for commands that write nothing.
pub(super) const NOT_YET: &str = "would be created by `migrate`";

/// Prints a note to standard error if the database at `url` has no `schema`; `outcome` says what follows from that.
pub(super) async fn note(url: &str, schema: &str, outcome: &str) -> Result<(), BoxError> {
    if schema == "public" {
        return Ok(());
    }
    let connection = DedicatedConnection::open(&Address::parse(url)?, "schemata").await?;
    let rows = connection.client.query_typed(SCHEMAS, &[]).await;
    connection.close().await;
    let rows = rows.map_err(|source| MigrateError::Session { step: "listing the schemas", source })?;
    let all = || rows.iter().map(|row| row.get::<_, &str>(0));
    if !all().any(|name| name == schema) {
        output::note(&format!(
            "note: schema {schema:?} does not exist, and {outcome}{}",
            near(&nearest(schema, all()))
        ));
    }
    Ok(())
}
