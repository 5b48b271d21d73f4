//! Builds the index of an empty table at once, in a transaction: that blocks nobody for long, while a concurrent build would
//! wait for every transaction of the database, and a new tenant's tables with it.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::ident::quoted;
use crate::migrate::apply::retry::AttemptFailure;
use crate::migrate::apply::transaction::{RunContext, open, roll_back};
use crate::migrate::session::TypedValue;

const IS_EMPTY: &str = "SELECT c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) = 0 AS is_empty
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2";

/// Builds the index by `sql` if `table` is empty and nobody writes to it; returns whether it did.
pub(crate) async fn build_at_once(
    context: &RunContext<'_>,
    (schema, table): (&str, &str),
    sql: &str,
) -> Result<bool, AttemptFailure> {
    // On a scratch database every table is empty, and the replay has to show what happens on others.
    if context.run.is_replay() || !is_empty(context, schema, table).await? {
        return Ok(false);
    }
    open(context).await?;
    let session = context.session();
    let lock = format!("LOCK TABLE {}.{} IN SHARE MODE NOWAIT", quoted(schema), quoted(table));
    let empty = match session.run(&lock).await {
        Ok(()) => is_empty(context, schema, table).await?,
        Err(error) if error.source.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => false,
        Err(error) => return Err(error.into()),
    };
    if empty {
        let build = format!("SET LOCAL search_path = {}, public, pg_temp;\n{sql}\n;COMMIT", context.schema);
        context.client.batch_execute(&build).await.map_err(|source| AttemptFailure::of(sql, source))?;
    } else {
        roll_back(context).await?;
    }
    Ok(empty)
}

async fn is_empty(context: &RunContext<'_>, schema: &str, table: &str) -> Result<bool, AttemptFailure> {
    let values: [TypedValue<'_>; 2] = [(&schema, Type::TEXT), (&table, Type::TEXT)];
    let row = context.session().query_opt("looking whether the table is empty", IS_EMPTY, &values).await?;
    Ok(row.is_some_and(|row| row.get("is_empty")))
}
