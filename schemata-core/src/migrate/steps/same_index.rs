//! Whether an index that is there already is the one a migration wants: PostgreSQL builds that on an empty copy of the table,
//! and the two are compared as it knows them.

use tokio_postgres::types::Type;

use crate::ident::quoted;
use crate::migrate::apply::retry::Failure;
use crate::migrate::apply::transaction::{Place, open};

const SAME: &str = "WITH shape AS (SELECT m.amname, x.indisunique, pg_catalog.to_jsonb(x)->'indnullsnotdistinct' AS nulls, \
     x.indoption::text, x.indclass::text, x.indcollation::text, x.indnkeyatts, x.indnatts, i.reloptions, \
     pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate, \
     ARRAY(SELECT pg_catalog.pg_get_indexdef(x.indexrelid, n, false) FROM pg_catalog.generate_series(1, x.indnatts) AS n) \
     FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_am m ON m.oid = i.relam \
     WHERE x.indexrelid IN ($1, (SELECT oid FROM pg_catalog.pg_class WHERE relname = 'schemata_same_index' \
       AND relnamespace = pg_catalog.pg_my_temp_schema()))) \
     SELECT (SELECT count(DISTINCT pg_catalog.to_jsonb(shape)) = 1 AND count(*) = 2 FROM shape)";

/// Whether index `found` is what this definition would make. Needs the privilege to create temporary tables.
pub(crate) async fn is_same(
    place: &Place<'_>,
    found: u32,
    (schema, table): (&str, &str),
    definition: &str,
    unique: bool,
) -> Result<bool, Failure> {
    open(place).await.map_err(Failure::Run)?;
    let (schema, table) = (quoted(schema), quoted(table));
    // Of the same name, so that expressions that name the table are understood.
    let sql = format!(
        "SET LOCAL search_path = {0}, public, pg_temp; CREATE TEMPORARY TABLE {table} (LIKE {schema}.{table}); \
         CREATE {1}INDEX schemata_same_index ON pg_temp.{table} {definition}",
        place.schema,
        if unique { "UNIQUE " } else { "" }
    );
    place.client.batch_execute(&sql).await.map_err(|source| Failure::of(&sql, source))?;
    let rows = place.client.query_typed(SAME, &[(&found, Type::OID)]).await;
    let same = rows.map_err(|source| Failure::of(SAME, source))?.first().is_some_and(|row| row.get(0));
    place.client.batch_execute("ROLLBACK").await.map_err(|source| Failure::of("ROLLBACK", source))?;
    Ok(same)
}
