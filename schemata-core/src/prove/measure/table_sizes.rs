//! Reads the sizes of all live tables in one query.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use crate::migrate::MigrateError;

/// A table's size in the live database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveSize {
    /// The size with indexes and values that are stored out of line.
    pub bytes: i64,
    /// PostgreSQL's estimate; `None` if it never counted.
    pub rows: Option<i64>,
}

/// Sizes by schema and name.
pub(crate) type TableSizes = BTreeMap<(String, String), LiveSize>;

/// A partitioned table has the size of its partitions. A table that was never counted has -1 rows, or 0 rows and 0
/// pages before PostgreSQL 14.
const SIZES: &str = "
    SELECT
        n.nspname::text AS schema,
        c.relname::text AS name,
        coalesce(
            CASE c.relkind
                WHEN 'p' THEN (
                    SELECT sum(pg_catalog.pg_total_relation_size(part.relid))
                    FROM pg_catalog.pg_partition_tree(c.oid) part
                )
                ELSE pg_catalog.pg_total_relation_size(c.oid)
            END,
            0
        )::bigint AS bytes,
        CASE
            WHEN c.reltuples < 0 OR c.reltuples = 0 AND c.relpages = 0 AND c.relkind <> 'p' THEN NULL
            ELSE c.reltuples
        END::bigint AS rows
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm')
      AND n.nspname <> 'information_schema'
      AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_')";

pub(crate) async fn read(client: &Client) -> Result<TableSizes, MigrateError> {
    let rows = client.query_typed(SIZES, &[]).await;
    let rows = rows.map_err(|source| MigrateError::Session { step: "reading the tables' sizes", source })?;
    let size = |row: &tokio_postgres::Row| LiveSize { bytes: row.get("bytes"), rows: row.get("rows") };
    Ok(rows.iter().map(|row| ((row.get("schema"), row.get("name")), size(row))).collect())
}
