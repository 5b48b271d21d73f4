//! COPY of rows into a table, and the query whether it does what an INSERT would do.

use crate::ident::Ident;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::writer::Sql;

/// Builds `COPY … FROM STDIN BINARY` into these columns.
pub(crate) fn copy(schema: &Ident, table: &Table, columns: &[usize]) -> String {
    let mut sql = Sql::default();
    sql.push("COPY ").table(schema, table).push(" (").list(", ", columns, |sql, column| {
        sql.ident(table.columns[*column].name);
    });
    sql.push(") FROM STDIN BINARY");
    sql.text.to_text()
}

/// Builds a query that returns whether COPY into these columns does what an INSERT does. COPY ignores rules, overwrites
/// `GENERATED ALWAYS AS IDENTITY`, and refuses views, generated columns and tables with row-level security (PostgreSQL manual,
/// "COPY").
pub(crate) fn is_like_insert(schema: &Ident, table: &Table, columns: &[usize]) -> Sql {
    let (mut sql, mut name) = (Sql::default(), Sql::default());
    let names: Vec<String> = columns.iter().map(|column| table.columns[*column].name.to_owned()).collect();
    name.table(schema, table);
    sql.push(
        r"
        SELECT c.relkind IN ('r', 'p')
          AND NOT c.relhasrules
          AND NOT pg_catalog.row_security_active(c.oid)
          AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = c.oid
              AND (a.attidentity = 'a' OR a.attgenerated <> '')
              AND a.attname = ANY ($1::text[])
          )
        FROM pg_catalog.pg_class AS c
        WHERE c.oid = $2::text::regclass",
    );
    sql.bind(Param::new(names));
    sql.bind(Param::new(name.text.to_text()));
    sql
}
