//! Rows of a batch as arrays, one per column, and the `UNNEST` that turns them back into rows.

use crate::ident::Ident;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::declared_type::{DeclaredType, type_name};
use crate::sql::writer::Sql;
use tokio_postgres::types::Kind;

/// The values of one column, one per row. If the column rounds, the statement rounds them first, so that they equal the stored
/// values.
pub(crate) enum ColumnArrays {
    /// One array with an element per row.
    Scalars(DeclaredType, Param),
    /// A column of arrays, which `UNNEST` would flatten: all elements in one array, and per row the first and the last position
    /// in it.
    Arrays(DeclaredType, [Param; 3]),
}

impl ColumnArrays {
    /// Keeps all digits of the values.
    pub(crate) fn keep_digits(&mut self) {
        let (Self::Scalars(declared, _) | Self::Arrays(declared, _)) = self;
        declared.modifier = -1;
    }
}

/// The rows of a batch as a common table expression called `"r"`. Its columns are `"c0"`, `"c1"` and so on; `"n"` numbers the
/// rows from one.
pub(crate) struct UnnestedRows {
    /// One expression per column.
    values: Vec<String>,
    /// The arguments of `UNNEST`.
    arrays: Vec<String>,
    /// The names of the columns that `UNNEST` returns.
    names: Vec<String>,
    /// Whether an array has elements of a composite type: in FROM, `UNNEST` would return a column per attribute.
    has_composites: bool,
}

impl UnnestedRows {
    /// Binds the arrays as parameters of `sql`.
    pub(crate) fn bind(sql: &mut Sql, columns: Vec<ColumnArrays>) -> Self {
        let mut rows = Self { values: Vec::new(), arrays: Vec::new(), names: Vec::new(), has_composites: false };
        for (at, column) in columns.into_iter().enumerate() {
            let (value, declared) = match column {
                ColumnArrays::Scalars(declared, values) => {
                    rows.has_composites |= matches!(declared.ty.kind(), Kind::Composite(_));
                    rows.bind_array(sql, &format!("{}[]", type_name(&declared.ty)), values, &format!("c{at}"));
                    (format!(r#""u"."c{at}""#), declared)
                }
                ColumnArrays::Arrays(declared, [elements, starts, stops]) => {
                    let number = sql.bind(elements);
                    rows.bind_array(sql, "int4[]", starts, &format!("s{at}"));
                    rows.bind_array(sql, "int4[]", stops, &format!("e{at}"));
                    let array = type_name(&declared.ty);
                    (format!(r#"(${number}::{array})["u"."s{at}":"u"."e{at}"]"#), declared)
                }
            };
            rows.values.push(match declared.rounding() {
                Some(stored) => format!("{value}::{stored}"),
                None => value,
            });
        }
        rows
    }

    fn bind_array(&mut self, sql: &mut Sql, ty: &str, values: Param, name: &str) {
        let number = sql.bind(values);
        self.arrays.push(format!("${number}::{ty}"));
        self.names.push(format!("\"{name}\""));
    }

    /// Appends `WITH "r" AS (SELECT … AS "c0", …, "u"."n" FROM UNNEST(…) …)`.
    pub(crate) fn write_with(&self, sql: &mut Sql) {
        sql.push(r#"WITH "r" AS (SELECT "#);
        for (at, value) in self.values.iter().enumerate() {
            sql.push_dynamic(value).push_dynamic(&format!(r#" AS "c{at}", "#));
        }
        if self.has_composites {
            // In the list of a SELECT, `UNNEST` returns one column per array. All advance together (manual 38.5.9).
            sql.push(r#""u"."n" FROM (SELECT "#);
            for (array, name) in self.arrays.iter().zip(&self.names) {
                sql.push("UNNEST(").push_dynamic(array).push(") AS ").push_dynamic(name).push(", ");
            }
            let first = self.arrays.first().map_or("", String::as_str);
            sql.push("generate_subscripts(").push_dynamic(first).push(r#", 1)::int8 AS "n") AS "u")"#);
            return;
        }
        sql.push(r#""u"."n" FROM UNNEST("#).push_dynamic(&self.arrays.join(", "));
        sql.push(r#") WITH ORDINALITY AS "u" ("#).push_dynamic(&self.names.join(", ")).push(r#", "n"))"#);
    }
}

/// Builds a query of these columns whose description tells their types. It is prepared, never run.
pub(crate) fn describe_columns(schema: &Ident, table: &Table, columns: &[usize]) -> String {
    let mut sql = Sql::default();
    sql.push("SELECT ").list(", ", columns, |sql, column| {
        sql.ident(table.columns[*column].name);
    });
    sql.push(" FROM ").table(schema, table);
    sql.text.to_text()
}

/// Returns each key's rank among all of them, in the order of the rows and as PostgreSQL compares: equal keys have equal ranks.
pub(crate) fn ranks(key: Vec<ColumnArrays>) -> Sql {
    let (mut sql, columns) = (Sql::default(), 0..key.len());
    UnnestedRows::bind(&mut sql, key).write_with(&mut sql);
    sql.push(" SELECT dense_rank() OVER (ORDER BY ").list(", ", columns, |sql, at| {
        sql.push_dynamic(&format!("\"c{at}\""));
    });
    sql.push(r#") FROM "r" ORDER BY "n""#);
    sql
}
