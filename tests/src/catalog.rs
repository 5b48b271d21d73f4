//! Describes the contents of a schema in PostgreSQL's canonical text, so that two schemas can be compared.

use std::collections::BTreeSet;

use tokio_postgres::types::FromSql;
use tokio_postgres::{Client, NoTls};

/// Returns every column, constraint, index, enum and comment of a schema, one line each, in no particular order. The
/// schema's name and the ledger are left out.
pub async fn describe(client: &Client, schema: &str) -> BTreeSet<String> {
    const SQL: &str = "
        WITH t AS (
            SELECT c.oid, c.relname FROM pg_class c
            WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'schemata_migrations')
        SELECT format('column %s.%s %s%s%s%s%s comment %s', t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                      CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
                      CASE WHEN a.attgenerated <> '' THEN ' GENERATED' ELSE '' END,
                      CASE WHEN d.oid IS NULL THEN '' ELSE ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
                      CASE a.attidentity WHEN '' THEN '' ELSE ' IDENTITY ' || a.attidentity::text END,
                      coalesce(col_description(t.oid, a.attnum), '-'))
        FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
        UNION ALL
        SELECT format('constraint %s.%s %s', t.relname, conname, pg_get_constraintdef(k.oid))
        FROM t JOIN pg_constraint k ON k.conrelid = t.oid WHERE k.contype <> 'n'
        UNION ALL
        SELECT format('index %s', pg_get_indexdef(indexrelid)) FROM t JOIN pg_index ON indrelid = t.oid
        UNION ALL
        SELECT format('enum %s %s', typname, (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder)
                                              FROM pg_enum WHERE enumtypid = y.oid))
        FROM pg_type y WHERE typnamespace = $1::text::regnamespace AND typtype = 'e'
        UNION ALL
        SELECT format('table %s comment %s', relname, coalesce(obj_description(oid, 'pg_class'), '-')) FROM t";
    let rows = client.query(SQL, &[&schema]).await.expect("the catalog can be read");
    rows.iter().map(|row| row.get::<_, String>(0).replace(&format!("{schema}."), "")).collect()
}

/// Connects with the driver alone.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the test database answers");
    tokio::spawn(connection);
    client
}

/// Returns the value of a query with one row and one column.
///
/// # Panics
/// When the query fails, or its result has another shape.
pub async fn one<T: for<'r> FromSql<'r>>(client: &Client, sql: &str) -> T {
    client.query_one(sql, &[]).await.expect("one row").get(0)
}

/// Returns the server's major version.
pub async fn major(client: &Client) -> i32 {
    one(client, "SELECT current_setting('server_version_num')::int / 10000").await
}
