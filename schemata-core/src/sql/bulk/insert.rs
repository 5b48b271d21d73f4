//! `INSERT … SELECT FROM UNNEST …`, with or without `ON CONFLICT`, and how returned rows are matched to those of the batch.

use crate::ident::Ident;
use crate::schema::Table;
use crate::sql::bulk::unnest::{ColumnArrays, UnnestedRows};
use crate::sql::conflict::{ConflictAction, ConflictTarget, on_conflict};
use crate::sql::writer::Sql;

/// The text that PostgreSQL's error quotes when a returned row matches no row of the batch.
pub(crate) const UNMATCHED: &str = "schemata: the key of a row was changed";

/// Rows to insert, in the order of the batch.
pub(crate) struct BulkInsert<'a> {
    pub(crate) schema: &'a Ident,
    pub(crate) table: &'static Table,
    /// Positions of the columns that the rows set.
    pub(crate) columns: &'a [usize],
    pub(crate) conflict: Option<(&'a ConflictTarget, ConflictAction)>,
    pub(crate) returning: Option<BulkReturning<'a>>,
}

/// What the insert returns per row: its number in the batch, or 0 if rows are returned in its order, then these columns.
pub(crate) struct BulkReturning<'a> {
    pub(crate) columns: &'a [&'static str],
    pub(crate) computed: ComputedColumns,
    pub(crate) matching: RowMatching,
}

/// Columns that the rows leave to their default, evaluated per row before the insert because rows are matched by them: name
/// and expression.
pub(crate) type ComputedColumns = Vec<(&'static str, String)>;

/// How returned rows are matched to those of the batch. A row without a match fails the statement, so that nothing is written.
pub(crate) enum RowMatching {
    /// By columns of the table, each equal to the array at this position, and by the computed columns.
    Key(Vec<(&'static str, usize)>),
    /// By the order in which rows are returned; this column, which PostgreSQL numbers, must ascend in it.
    Ascending(&'static str),
    /// By the order in which rows are returned alone.
    ReturnedOrder,
}

impl BulkInsert<'_> {
    /// Builds the statement for the values of the columns.
    pub(crate) fn write(mut self, mut values: Vec<ColumnArrays>) -> Sql {
        let mut sql = Sql::default();
        self.leave_rounding(&mut values);
        UnnestedRows::bind(&mut sql, values).write_with(&mut sql);
        let computed =
            self.returning.as_mut().map(|returning| std::mem::take(&mut returning.computed)).unwrap_or_default();
        if !computed.is_empty() {
            sql.push(r#", "k" AS (SELECT "r".*"#);
            for (at, (_, expression)) in computed.iter().enumerate() {
                sql.push(", ").push_dynamic(expression).push_dynamic(&format!(r#" AS "k{at}""#));
            }
            sql.push(r#" FROM "r")"#);
        }
        let rows = if computed.is_empty() { r#""r""# } else { r#""k""# };
        sql.push(if self.returning.is_some() { r#", "i" AS ("# } else { " " });
        self.write_insert(&mut sql, rows, &computed);
        let nulls_are_equal = self.conflict.as_ref().is_some_and(|(target, _)| target.nulls_are_equal);
        if let Some((target, action)) = self.conflict {
            on_conflict(&mut sql, self.schema, self.table, target, action);
        }
        if let Some(returning) = self.returning {
            returning.write(&mut sql, rows, &computed, nulls_are_equal);
        }
        sql
    }

    /// Leaves the rounding of values to their columns, which may have come to keep more digits than the known types say. Only
    /// values that are compared with stored ones must be rounded first.
    fn leave_rounding(&self, values: &mut [ColumnArrays]) {
        let compared: &[(&str, usize)] = match &self.returning {
            Some(BulkReturning { matching: RowMatching::Key(columns), .. }) => columns,
            _ => &[],
        };
        for (at, values) in values.iter_mut().enumerate() {
            if compared.iter().all(|(_, compared)| *compared != at) {
                values.keep_digits();
            }
        }
    }

    fn write_insert(&self, sql: &mut Sql, rows: &'static str, computed: &ComputedColumns) {
        sql.push("INSERT INTO ").table(self.schema, self.table).push(" (");
        let given = self.columns.iter().map(|column| self.table.columns[*column].name);
        sql.list(", ", given.chain(computed.iter().map(|(name, _)| *name)), |sql, name| {
            sql.ident(name);
        });
        let given = (0..self.columns.len()).map(|at| format!("\"c{at}\""));
        let values: Vec<_> = given.chain((0..computed.len()).map(|at| format!("\"k{at}\""))).collect();
        sql.push(") SELECT ").push_dynamic(&values.join(", ")).push(" FROM ").push(rows).push(r#" ORDER BY "n""#);
    }
}

impl BulkReturning<'_> {
    /// Appends `RETURNING …) SELECT … FROM "i"`, joined with the rows of the batch where they are matched by key.
    fn write(self, sql: &mut Sql, rows: &'static str, computed: &ComputedColumns, nulls_are_equal: bool) {
        let key: Vec<(&'static str, String)> = match &self.matching {
            RowMatching::Key(columns) => {
                let given = columns.iter().map(|(name, at)| (*name, format!("\"c{at}\"")));
                given.chain(computed.iter().enumerate().map(|(at, (name, _))| (*name, format!("\"k{at}\"")))).collect()
            }
            RowMatching::Ascending(column) => vec![(*column, String::new())],
            RowMatching::ReturnedOrder => Vec::new(),
        };
        sql.push(r#" RETURNING 1 AS "1""#);
        let names = key.iter().map(|(name, _)| *name).filter(|name| !self.columns.contains(name));
        for name in self.columns.iter().copied().chain(names) {
            sql.push(", ").ident(name);
        }
        sql.push(") SELECT ");
        match &self.matching {
            // `concat` ignores NULL. Because it reads the column, the planner cannot evaluate the cast in advance.
            RowMatching::Key(_) => {
                sql.push_dynamic(&format!(r#"coalesce("x"."n", concat('{UNMATCHED}', "x"."n")::int8)"#))
            }
            RowMatching::Ascending(column) => {
                sql.push(r#"CASE WHEN lag("i"."#).ident(column).push(r#") OVER () > "i"."#).ident(column);
                sql.push_dynamic(&format!(r#" THEN concat('{UNMATCHED}', left("i"."#)).ident(column);
                sql.push("::text, 0))::int8 ELSE 0 END")
            }
            RowMatching::ReturnedOrder => sql.push("0::int8"),
        };
        for column in self.columns {
            sql.push(r#", "i"."#).ident(column);
        }
        sql.push(r#" FROM "i""#);
        if let RowMatching::Key(_) = self.matching {
            sql.push(" LEFT JOIN ").push(rows).push(r#" AS "x" ON "#).list(" AND ", key, |sql, (name, value)| {
                if nulls_are_equal {
                    // Arrays are equal if both have a NULL in the same place, and they can be hashed, unlike IS NOT DISTINCT
                    // FROM.
                    sql.push(r#"ARRAY["i"."#).ident(name).push(r#"] = ARRAY["x"."#).push_dynamic(&value).push("]");
                } else {
                    sql.push(r#""i"."#).ident(name).push(r#" = "x"."#).push_dynamic(&value);
                }
            });
        }
    }
}
