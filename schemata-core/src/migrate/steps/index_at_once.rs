//! An index of a table without rows is built at once: nobody waits for that, while a concurrent build would wait for every
//! transaction of the database, and a new tenant's tables with it.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use crate::ident::quoted;
use crate::migrate::apply::retry::Failure;
use crate::migrate::apply::transaction::{Place, open};

const EMPTY: &str = "SELECT c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) = 0 FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";

/// Builds the index by `sql` if `table` is empty and nobody writes to it; false where it is not.
pub(crate) async fn build(place: &Place<'_>, (schema, table): (&str, &str), sql: &str) -> Result<bool, Failure> {
    // On a scratch database every table is empty, and what is to be seen is what happens on others.
    if place.run.is_replay() || !is_empty(place, schema, table).await? {
        return Ok(false);
    }
    open(place).await.map_err(Failure::Run)?;
    let lock = format!("LOCK TABLE {}.{} IN SHARE MODE NOWAIT", quoted(schema), quoted(table));
    let empty = match place.client.batch_execute(&lock).await {
        Ok(()) => is_empty(place, schema, table).await?,
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => false,
        Err(source) => return Err(Failure::of(&lock, source)),
    };
    if empty {
        let names = format!("SET LOCAL search_path = {}, public, pg_temp;\n{sql}\n;COMMIT", place.schema);
        place.client.batch_execute(&names).await.map_err(|source| Failure::of(sql, source))?;
    } else {
        place.client.batch_execute("ROLLBACK").await.map_err(|source| Failure::of("ROLLBACK", source))?;
    }
    Ok(empty)
}

async fn is_empty(place: &Place<'_>, schema: &str, table: &str) -> Result<bool, Failure> {
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&schema, Type::TEXT), (&table, Type::TEXT)];
    let rows = place.client.query_typed(EMPTY, &values).await.map_err(|source| Failure::of(EMPTY, source))?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}
