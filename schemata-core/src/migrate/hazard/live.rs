//! What the live database says to dangerous statements: how large the tables are, and whether it knows them to be harmless.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use crate::migrate::error::MigrateError;
use crate::migrate::hazard::danger::Unless;
use crate::migrate::hazard::find::Found;
use crate::migrate::hazard::widening::widens;
use crate::migrate::settings::Settings;

/// A table as PostgreSQL knows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Size {
    /// By its estimate, where it has one.
    pub(crate) rows: Option<i64>,
    /// Without indexes.
    pub(crate) bytes: i64,
    /// Columns that a validated constraint shows to hold no NULL.
    never_null: Vec<String>,
    /// Checks that were never validated, and the columns that they would show to hold no NULL.
    unproved: Vec<String>,
    unproved_columns: Vec<String>,
    /// Columns with their types.
    columns: Vec<String>,
    types: Vec<String>,
}

/// An index stands for its table, a partitioned table for its partitions. A table nobody has counted has -1 rows, or 0 before
/// PostgreSQL 14. Since 18, a NOT NULL may be one that was never validated.
const SIZES: &str = "SELECT asked.n, size.bytes::bigint, size.rows::bigint, \
     ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 \
       AND (a.attnotnull AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid \
         AND k.contype = 'n' AND NOT k.convalidated AND a.attnum = ANY (k.conkey)) OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' \
         AND k.convalidated \
         AND pg_catalog.pg_get_constraintdef(k.oid) = pg_catalog.format('CHECK ((%I IS NOT NULL))', a.attname)))), \
     ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a \
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
     ARRAY(SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a \
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
     ARRAY(SELECT k.conname::text FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid \
       AND pg_catalog.pg_get_constraintdef(k.oid) = pg_catalog.format('CHECK ((%I IS NOT NULL)) NOT VALID', a.attname) \
       WHERE k.conrelid = c.oid AND k.contype = 'c' ORDER BY k.oid), \
     ARRAY(SELECT a.attname::text FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid \
       AND pg_catalog.pg_get_constraintdef(k.oid) = pg_catalog.format('CHECK ((%I IS NOT NULL)) NOT VALID', a.attname) \
       WHERE k.conrelid = c.oid AND k.contype = 'c' ORDER BY k.oid) \
     FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) WITH ORDINALITY \
       AS asked(schema, name, alone, n) \
     JOIN pg_catalog.pg_namespace s ON s.nspname = asked.schema \
     JOIN pg_catalog.pg_class i ON i.relnamespace = s.oid AND i.relname = asked.name \
     LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = i.oid \
     JOIN pg_catalog.pg_class c ON c.oid = coalesce(x.indrelid, i.oid) \
     CROSS JOIN LATERAL (SELECT sum(pg_catalog.pg_relation_size(part.oid)) AS bytes, \
       sum(nullif(greatest(part.reltuples, 0), 0)) FILTER (WHERE part.relkind <> 'p') AS rows \
       FROM pg_catalog.pg_class part WHERE part.oid = c.oid \
       OR NOT asked.alone AND part.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid))) AS size";

/// The tables of `found`, in its order; `None` where there is no such table.
pub(crate) async fn sizes(client: &Client, found: &[&Found]) -> Result<Vec<Option<Size>>, MigrateError> {
    let schemas: Vec<&str> = found.iter().map(|one| one.relation.schema.as_deref().unwrap_or("public")).collect();
    let names: Vec<&str> = found.iter().map(|one| one.relation.name.as_str()).collect();
    let only: Vec<bool> = found.iter().map(|one| one.only).collect();
    let values: [(&(dyn ToSql + Sync), Type); 3] =
        [(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY), (&only, Type::BOOL_ARRAY)];
    let rows = client
        .query_typed(SIZES, &values)
        .await
        .map_err(|source| MigrateError::Session { step: "looking up how large tables are", source })?;
    let mut sizes = vec![None; found.len()];
    for row in &rows {
        let at = usize::try_from(row.get::<_, i64>(0) - 1).unwrap_or(usize::MAX);
        if let Some(slot) = sizes.get_mut(at) {
            *slot = Some(size(row));
        }
    }
    Ok(sizes)
}

fn size(row: &Row) -> Size {
    Size {
        bytes: row.get::<_, Option<i64>>(1).unwrap_or(0),
        rows: row.get(2),
        never_null: row.get(3),
        columns: row.get(4),
        types: row.get(5),
        unproved: row.get(6),
        unproved_columns: row.get(7),
    }
}

impl Size {
    /// Whether a scan of it takes long.
    pub(crate) fn is_large(&self, settings: &Settings) -> bool {
        let least = |limit: u64| i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows.is_some_and(|rows| rows >= least(settings.large_rows)) || self.bytes >= least(settings.large_bytes())
    }

    /// Whether what is known of the table makes the statement harmless.
    pub(crate) fn excuses(&self, unless: Option<&Unless>) -> bool {
        match unless {
            None => false,
            Some(Unless::NeverNull { column, given }) => {
                let mut unproved = self.unproved.iter().zip(&self.unproved_columns);
                self.never_null.contains(column) || unproved.any(|(name, of)| of == column && given.contains(name))
            }
            Some(Unless::Widens { column, to }) => {
                let at = self.columns.iter().position(|name| name == column);
                at.is_some_and(|at| widens(&self.types[at], to))
            }
        }
    }
}
