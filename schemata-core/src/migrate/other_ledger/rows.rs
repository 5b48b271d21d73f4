//! The rows of other tools' ledgers, each shape by a query of its own with the same columns.

use tokio_postgres::Row;

use crate::catalog::MigrationTool;
use crate::ident::{Ident, quoted};
use crate::migrate::error::MigrateError;
use crate::migrate::other_ledger::listed::OtherVersion;
use crate::migrate::session::MigratorSession;

/// Reads the versions that `table` of `schema` lists.
pub(super) async fn read(
    session: MigratorSession<'_>,
    schema: &Ident,
    tool: MigrationTool,
    table: &str,
) -> Result<Vec<OtherVersion>, MigrateError> {
    let sql = select(tool, &format!("{schema}.{}", quoted(table)));
    let rows = session.query("reading the ledger of another tool", &sql, &[]).await?;
    Ok(rows.iter().map(version).collect())
}

fn version(row: &Row) -> OtherVersion {
    OtherVersion {
        version: row.get("version"),
        title: row.get("title"),
        at: row.get("at"),
        checksum: row.get("checksum"),
        finished: row.get("finished"),
        with_earlier: row.get("with_earlier"),
    }
}

/// Returns the query for the ledger of `tool`.
fn select(tool: MigrationTool, table: &str) -> String {
    match tool {
        MigrationTool::Sqlx => format!(
            "SELECT version::text, description AS title, installed_on::text AS at,
                pg_catalog.encode(checksum, 'hex') AS checksum, success AS finished, false AS with_earlier
            FROM {table} ORDER BY {table}.version"
        ),
        MigrationTool::Diesel => plain(table, "version::text", "run_on::text", "version"),
        MigrationTool::Refinery => format!(
            "SELECT version::text, name::text AS title, applied_on::text AS at, checksum::text AS checksum,
                true AS finished, false AS with_earlier
            FROM {table} ORDER BY {table}.version"
        ),
        MigrationTool::Rails | MigrationTool::Dbmate => plain(table, "version::text", "NULL::text", "version"),
        MigrationTool::Ecto => plain(table, "version::text", "inserted_at::text", "version"),
        MigrationTool::GolangMigrate => format!(
            "SELECT version::text, NULL::text AS title, NULL::text AS at, NULL::text AS checksum,
                NOT dirty AS finished, true AS with_earlier
            FROM {table} WHERE version >= 0"
        ),
        // Repeatable migrations have no version; a row that undoes or deletes takes the earlier ones of its version away.
        MigrationTool::Flyway => format!(
            "SELECT version::text, description::text AS title, installed_on::text AS at, checksum::text AS checksum,
                success AS finished, type LIKE '%BASELINE' AS with_earlier
            FROM {table} own
            WHERE version IS NOT NULL
                AND type <> 'SCHEMA' AND type NOT LIKE 'UNDO%' AND type <> 'DELETE'
                AND NOT EXISTS (
                    SELECT FROM {table} later
                    WHERE later.version = own.version
                        AND later.installed_rank > own.installed_rank
                        AND (later.type LIKE 'UNDO%' OR later.type = 'DELETE')
                )
            ORDER BY installed_rank"
        ),
        MigrationTool::Django => plain(table, "app || '.' || name", "applied::text", "id"),
        MigrationTool::Alembic => plain(table, "version_num::text", "NULL::text", "version_num"),
    }
}

/// Returns the query for a ledger that lists what is applied, and no more.
fn plain(table: &str, version: &str, at: &str, order: &str) -> String {
    format!(
        "SELECT {version} AS version, NULL::text AS title, {at} AS at, NULL::text AS checksum,
            true AS finished, false AS with_earlier
        FROM {table} ORDER BY {table}.{order}"
    )
}
