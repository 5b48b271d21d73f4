//! Reading a catalog: one query a kind of object, each in one round trip.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::catalog::snapshot::{Catalog, ColumnState, ConstraintState, TableState};
use crate::ident::{Ident, quoted};

/// The tables in question: `$1` the main schema, `$2` all of them.
const TABLES: &str = "WITH t AS (SELECT c.oid, CASE WHEN n.nspname = $1 THEN c.relname::text \
     ELSE n.nspname || '.' || c.relname END AS name \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = ANY($2) AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations' AND NOT c.relispartition) ";

const COLUMNS: &str = "SELECT t.name, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, \
     pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '', \
     CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END, \
     pg_catalog.col_description(t.oid, a.attnum), pg_catalog.obj_description(t.oid, 'pg_class') \
     FROM t LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum";

/// NOT NULL is a column's own business, also where (from PostgreSQL 18) it is a constraint by name.
const CONSTRAINTS: &str = "SELECT t.name, k.conname::text, pg_catalog.pg_get_constraintdef(k.oid), k.convalidated \
     FROM t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')";

/// The definition begins behind the table's name, which is always qualified and so differs between schemas.
const INDEXES: &str = "SELECT t.name, c.relname::text, CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || \
     substring(pg_catalog.pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$'), i.indisvalid AND i.indisready \
     FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))";

const ENUMS: &str = "SELECT CASE WHEN n.nspname = $1 THEN y.typname::text ELSE n.nspname || '.' || y.typname END, \
     (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e \
     WHERE e.enumtypid = y.oid) \
     FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace \
     WHERE n.nspname = ANY($2) AND y.typtype = 'e'";

/// Members of extensions are the extension's own business.
const OTHERS: &str = "SELECT kind || ' ' || name FROM (\
     SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' \
     WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type' END AS kind, c.relname::text AS name, c.oid, \
     'pg_catalog.pg_class'::regclass AS class \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = ANY($2) AND $1::text IS NOT NULL AND c.relkind IN ('v', 'm', 'S', 'f', 'c') \
     UNION ALL SELECT 'function', p.proname::text, p.oid, 'pg_catalog.pg_proc'::regclass \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY($2) \
     UNION ALL SELECT 'trigger', g.tgname::text, g.oid, 'pg_catalog.pg_trigger'::regclass \
     FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($2) AND NOT g.tgisinternal \
     UNION ALL SELECT 'domain', y.typname::text, y.oid, 'pg_catalog.pg_type'::regclass \
     FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace \
     WHERE n.nspname = ANY($2) AND y.typtype = 'd') o \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.oid \
     AND d.deptype IN ('e', 'i', 'a')) ORDER BY 1";

/// Reads what is in `main` and the `further` schemas, from one snapshot of the database.
///
/// `main` leads the search path while reading, so that names within it come out unqualified: the same models in two
/// schemas read the same.
pub(crate) async fn read(client: &Client, main: &Ident, further: &[&str]) -> Result<Catalog, tokio_postgres::Error> {
    let begin = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = {}, pg_temp",
        quoted(main.as_str())
    );
    client.batch_execute(&begin).await?;
    let outcome = read_all(client, main, further).await;
    client.batch_execute("ROLLBACK").await?;
    outcome
}

async fn read_all(client: &Client, main: &Ident, further: &[&str]) -> Result<Catalog, tokio_postgres::Error> {
    let schemas: Vec<&str> = std::iter::once(main.as_str()).chain(further.iter().copied()).collect();
    let ask = async |sql: String| {
        client.query_typed(&sql, &[(&main.as_str(), Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await
    };
    let mut catalog = Catalog::default();
    for row in ask(format!("{TABLES}{COLUMNS}")).await? {
        let table = catalog.tables.entry(row.get(0)).or_default();
        table.comment = row.get(8);
        // A table without columns joins nothing.
        if let Some(name) = row.get::<_, Option<String>>(1) {
            table.columns.insert(name, column(&row));
        }
    }
    for row in ask(format!("{TABLES}{CONSTRAINTS}")).await? {
        table(&mut catalog, &row).constraints.insert(row.get(1), constraint(&row));
    }
    for row in ask(format!("{TABLES}{INDEXES}")).await? {
        table(&mut catalog, &row).indexes.insert(row.get(1), constraint(&row));
    }
    for row in ask(ENUMS.to_owned()).await? {
        catalog.enums.insert(row.get(0), row.get::<_, Option<Vec<String>>>(1).unwrap_or_default());
    }
    catalog.others = ask(OTHERS.to_owned()).await?.iter().map(|row| row.get(0)).collect();
    Ok(catalog)
}

fn table<'c>(catalog: &'c mut Catalog, row: &Row) -> &'c mut TableState {
    catalog.tables.entry(row.get(0)).or_default()
}

fn column(row: &Row) -> ColumnState {
    ColumnState {
        sql_type: row.get(2),
        nullable: row.get(3),
        default: row.get(4),
        generated: row.get(5),
        identity: row.get(6),
        comment: row.get(7),
    }
}

fn constraint(row: &Row) -> ConstraintState {
    ConstraintState { definition: row.get(2), valid: row.get(3) }
}
