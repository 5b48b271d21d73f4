//! Building and dropping indexes concurrently, so that doing it twice is doing it once.

use tokio_postgres::types::{ToSql, Type};

use crate::ident::quoted;
use crate::migrate::migration::operation::ConcurrentIndex;
use crate::migrate::apply::retry::Failure;
use crate::migrate::steps::index_at_once;
use crate::migrate::error::StepwiseError;
use crate::migrate::steps::same_index::is_same;
use crate::migrate::apply::transaction::{Place, outside};

/// An index as the catalog has it.
struct Known {
    oid: u32,
    name: String,
    valid: bool,
    table: String,
    definition: String,
}

/// The index called `$2` in schema `$1`, and what rebuilding it concurrently left behind: PostgreSQL adds `_ccnew` or `_ccold`
/// to the name, and a number where that is taken, and shortens a long name for it. A partitioned table's index is invalid
/// until all partitions have it, and no failed build.
const KNOWN: &str = "SELECT c.oid, c.relname::text, x.indisvalid AND x.indisready, t.relname::text, \
     pg_catalog.pg_get_indexdef(c.oid) FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_class t ON t.oid = x.indrelid \
     CROSS JOIN LATERAL (SELECT pg_catalog.regexp_replace(c.relname::text, '_cc(new|old)[0-9]*$', '') AS stem) AS s \
     WHERE n.nspname = $1 AND c.relkind = 'i' AND (c.relname = $2 OR s.stem <> c.relname AND NOT x.indisvalid \
     AND (s.stem = $2 OR pg_catalog.octet_length(c.relname::text) > 60 AND pg_catalog.starts_with($2, s.stem)))";

/// Does it. `begun` says that this migration tried before.
pub(crate) async fn apply(place: &Place<'_>, index: &ConcurrentIndex, text: &str, begun: bool) -> Result<(), Failure> {
    match index {
        ConcurrentIndex::Create { schema, name, table, definition, unique } => {
            let known = known(place, schema, name).await?;
            for leftover in known.iter().filter(|known| !known.valid && known.table == *table) {
                remove(place, schema, &leftover.name).await?;
            }
            match known.iter().find(|known| known.name == *name && (known.valid || known.table != *table)) {
                None => {
                    let unique = if *unique { "UNIQUE " } else { "" };
                    let place_of = format!("{}.{}", quoted(schema), quoted(table));
                    let plain = format!("CREATE {unique}INDEX {} ON {place_of} {definition}", quoted(name));
                    if index_at_once::build(place, (schema, table), &plain).await? {
                        return Ok(());
                    }
                    build(place, schema, name, text).await
                }
                Some(found)
                    if found.table == *table
                        && is_same(place, found.oid, (schema, table), definition, *unique).await? =>
                {
                    Ok(())
                }
                Some(found) => {
                    let source = StepwiseError::OtherIndex { name: name.clone(), found: found.definition.clone() };
                    Err(Failure::Step { statement: None, source: source.into() })
                }
            }
        }
        ConcurrentIndex::Drop { schema, name } => {
            let gone = begun && known(place, schema, name).await?.is_empty();
            if gone { Ok(()) } else { send(place, text).await }
        }
    }
}

/// Removes what a failed build of index `name` of `schema` left behind.
pub(crate) async fn clean(place: &Place<'_>, schema: &str, name: &str) -> Result<(), Failure> {
    for leftover in known(place, schema, name).await?.iter().filter(|known| !known.valid) {
        remove(place, schema, &leftover.name).await?;
    }
    Ok(())
}

async fn build(place: &Place<'_>, schema: &str, name: &str, text: &str) -> Result<(), Failure> {
    let built = send(place, text).await;
    if built.is_err() {
        // An invalid index costs every write. Where it cannot be removed now, the next run does it.
        let _ = clean(place, schema, name).await;
    }
    built
}

async fn remove(place: &Place<'_>, schema: &str, name: &str) -> Result<(), Failure> {
    send(place, &format!("DROP INDEX CONCURRENTLY IF EXISTS {}.{}", quoted(schema), quoted(name))).await
}

/// Alone in its message: PostgreSQL takes several for a transaction.
async fn send(place: &Place<'_>, text: &str) -> Result<(), Failure> {
    outside(place).await.map_err(Failure::Run)?;
    place.client.batch_execute(text).await.map_err(|source| Failure::of(text, source))
}

async fn known(place: &Place<'_>, schema: &str, name: &str) -> Result<Vec<Known>, Failure> {
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&schema, Type::TEXT), (&name, Type::TEXT)];
    let rows = place.client.query_typed(KNOWN, &values).await.map_err(|source| Failure::of(KNOWN, source))?;
    let known = rows.iter().map(|row| Known {
        oid: row.get(0),
        name: row.get(1),
        valid: row.get(2),
        table: row.get(3),
        definition: row.get(4),
    });
    Ok(known.collect())
}
