//! How large the live tables are, in one query.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use crate::migrate::MigrateError;

/// A table's size in the live database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveSize {
    /// With its indexes and what is stored out of line.
    pub bytes: i64,
    /// As PostgreSQL estimates; `None` where it never counted.
    pub rows: Option<i64>,
}

/// By schema and name.
pub(crate) type Sizes = BTreeMap<(String, String), LiveSize>;

/// A partitioned table has the size of its partitions. Since 14, a table that was never counted has -1 rows; before, 0 rows
/// and 0 pages.
const SIZES: &str = "SELECT n.nspname::text, c.relname::text, \
     COALESCE(CASE c.relkind WHEN 'p' THEN (SELECT sum(pg_catalog.pg_total_relation_size(p.relid)) \
     FROM pg_catalog.pg_partition_tree(c.oid) p) ELSE pg_catalog.pg_total_relation_size(c.oid) END, 0)::bigint, \
     CASE WHEN c.reltuples < 0 OR c.reltuples = 0 AND c.relpages = 0 AND c.relkind <> 'p' THEN NULL ELSE c.reltuples END::bigint \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'information_schema' AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_')";

/// Reads them.
pub(crate) async fn read(client: &Client) -> Result<Sizes, MigrateError> {
    let rows = client.query_typed(SIZES, &[]).await;
    let rows = rows.map_err(|source| MigrateError::Session { step: "reading the tables' sizes", source })?;
    let size = |row: &tokio_postgres::Row| LiveSize { bytes: row.get(2), rows: row.get(3) };
    Ok(rows.iter().map(|row| ((row.get(0), row.get(1)), size(row))).collect())
}
