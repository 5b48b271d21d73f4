//! Many rows in one statement whose text does not depend on their number: arrays, taken apart by `UNNEST`.

use crate::ident::Ident;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::conflict::{Action, Target, on_conflict};
use crate::sql::declared::{Declared, type_name};
use crate::sql::writer::Sql;

/// The values of one column. If the column rounds, they are rounded first, so that they equal the stored ones.
pub(crate) enum Lane {
    /// One array, one element a row.
    Plain(Declared, Param),
    /// A column of arrays: their elements end to end, and the first and last position of each.
    Arrays(Declared, [Param; 3]),
}

/// Rows whose values travel as arrays.
pub(crate) struct Source {
    /// What each column is called in an expression.
    values: Vec<String>,
    /// The arguments of `UNNEST`.
    arrays: Vec<String>,
    /// The names of what it yields.
    names: Vec<String>,
}

/// The text that PostgreSQL's error quotes when a returned row matches no row of the batch.
pub(crate) const UNMATCHED: &str = "schemata: the key of a row was changed";

/// How to match returned rows to those of the batch. A row that cannot be matched fails the statement, so that nothing is
/// written.
pub(crate) enum Matching {
    /// By key: columns of the table, each equal to the value of a lane.
    Lanes(Vec<(&'static str, usize)>),
    /// By the order in which they are returned, and by a number that PostgreSQL gave them: both must ascend.
    Ascending(&'static str),
    /// By their order alone.
    Arrival,
}

/// Selects columns of no row, so that their types can be asked for.
pub(crate) fn probe(schema: &Ident, table: &Table, columns: &[usize]) -> String {
    let mut sql = Sql::default();
    sql.push("SELECT ").list(", ", columns, |sql, column| {
        sql.ident(table.columns[*column].name);
    });
    sql.push(" FROM ").table(schema, table);
    sql.text
}

/// The place of each key among all of them, equal for equal ones, as PostgreSQL compares.
pub(crate) fn ranks(lanes: Vec<Lane>) -> Sql {
    let (mut sql, columns) = (Sql::default(), 0..lanes.len());
    let source = Source::bind(&mut sql, lanes);
    sql.push("WITH ");
    source.write(&mut sql);
    sql.push(" SELECT dense_rank() OVER (ORDER BY ").list(", ", columns, |sql, at| {
        sql.push(&format!("\"c{at}\""));
    });
    sql.push(") FROM \"r\" ORDER BY \"n\"");
    sql
}

impl Source {
    /// Binds the lanes.
    pub(crate) fn bind(sql: &mut Sql, lanes: Vec<Lane>) -> Self {
        let mut this = Self { values: Vec::new(), arrays: Vec::new(), names: Vec::new() };
        for (at, lane) in lanes.into_iter().enumerate() {
            let (value, declared) = match lane {
                Lane::Plain(declared, values) => {
                    this.array(sql, &format!("{}[]", type_name(&declared.ty)), values, &format!("c{at}"));
                    (format!("\"u\".\"c{at}\""), declared)
                }
                Lane::Arrays(declared, [elements, starts, stops]) => {
                    sql.params.push(elements);
                    let number = sql.params.len();
                    this.array(sql, "int4[]", starts, &format!("s{at}"));
                    this.array(sql, "int4[]", stops, &format!("e{at}"));
                    let array = type_name(&declared.ty);
                    (format!("(${number}::{array})[\"u\".\"s{at}\":\"u\".\"e{at}\"]"), declared)
                }
            };
            this.values.push(match declared.rounding() {
                Some(stored) => format!("{value}::{stored}"),
                None => value,
            });
        }
        this
    }

    fn array(&mut self, sql: &mut Sql, ty: &str, values: Param, name: &str) {
        sql.params.push(values);
        self.arrays.push(format!("${}::{ty}", sql.params.len()));
        self.names.push(format!("\"{name}\""));
    }

    /// `"r" AS (SELECT … AS "c0", …, "n" FROM UNNEST(…) …)`, and more columns.
    pub(crate) fn write(&self, sql: &mut Sql) {
        sql.push("\"r\" AS (SELECT ");
        for (at, value) in self.values.iter().enumerate() {
            sql.push(value).push(&format!(" AS \"c{at}\", "));
        }
        sql.push("\"u\".\"n\" FROM UNNEST(").push(&self.arrays.join(", "));
        sql.push(") WITH ORDINALITY AS \"u\" (").push(&self.names.join(", ")).push(", \"n\"))");
    }
}

/// Columns that the rows leave to their default, and that the matching has to know: each with the expression.
pub(crate) type Computed = Vec<(&'static str, String)>;

/// `INSERT … SELECT FROM UNNEST …` for the columns, in the order of the rows.
pub(crate) struct InsertMany<'a> {
    pub(crate) schema: &'a Ident,
    pub(crate) table: &'static Table,
    pub(crate) columns: &'a [usize],
    pub(crate) computed: Computed,
    pub(crate) conflict: Option<(&'a Target, Action)>,
}

impl InsertMany<'_> {
    /// The statement; with `returning`, each row comes with its number in front.
    pub(crate) fn write(self, lanes: Vec<Lane>, returning: Option<(&[&'static str], Matching)>) -> Sql {
        let mut sql = Sql::default();
        let source = Source::bind(&mut sql, lanes);
        sql.push("WITH ");
        source.write(&mut sql);
        let (schema, table) = (self.schema, self.table);
        if !self.computed.is_empty() {
            sql.push(", \"k\" AS (SELECT \"r\".*");
            for (at, (_, expression)) in self.computed.iter().enumerate() {
                sql.push(", ").push(expression).push(&format!(" AS \"k{at}\""));
            }
            sql.push(" FROM \"r\")");
        }
        let from = if self.computed.is_empty() { "\"r\"" } else { "\"k\"" };
        if returning.is_some() {
            sql.push(", \"i\" AS (");
        } else {
            sql.push(" ");
        }
        sql.push("INSERT INTO ").table(schema, table).push(" (");
        let names = self.columns.iter().map(|column| table.columns[*column].name);
        sql.list(", ", names.chain(self.computed.iter().map(|(name, _)| *name)), |sql, name| {
            sql.ident(name);
        });
        let lanes = (0..self.columns.len()).map(|at| format!("\"c{at}\""));
        let values: Vec<_> = lanes.chain((0..self.computed.len()).map(|at| format!("\"k{at}\""))).collect();
        sql.push(") SELECT ").push(&values.join(", ")).push(" FROM ").push(from).push(" ORDER BY \"n\"");
        let nulls_are_equal = self.conflict.as_ref().is_some_and(|(target, _)| target.nulls_are_equal);
        if let Some((target, action)) = self.conflict {
            on_conflict(&mut sql, schema, table, target, action);
        }
        let Some((columns, matching)) = returning else { return sql };
        let computed = self.computed.iter().enumerate().map(|(at, (name, _))| (*name, format!("\"k{at}\"")));
        let keys: Vec<(&'static str, String)> = match &matching {
            Matching::Lanes(lanes) => {
                lanes.iter().map(|(name, at)| (*name, format!("\"c{at}\""))).chain(computed).collect()
            }
            Matching::Ascending(column) => vec![(*column, String::new())],
            Matching::Arrival => Vec::new(),
        };
        sql.push(" RETURNING 1 AS \"1\"");
        for name in with_keys(columns, &keys) {
            sql.push(", ").ident(name);
        }
        sql.push(") SELECT ");
        match &matching {
            // `concat` ignores NULL. Because it reads the column, the planner cannot evaluate the cast in advance.
            Matching::Lanes(_) => sql.push(&format!("coalesce(\"x\".\"n\", concat('{UNMATCHED}', \"x\".\"n\")::int8)")),
            Matching::Ascending(column) => {
                sql.push("CASE WHEN lag(\"i\".").ident(column).push(") OVER () > \"i\".").ident(column);
                let unmatched = format!(" THEN concat('{UNMATCHED}', left(\"i\".");
                sql.push(&unmatched).ident(column).push("::text, 0))::int8 ELSE row_number() OVER () END")
            }
            Matching::Arrival => sql.push("row_number() OVER ()"),
        };
        for column in columns {
            sql.push(", \"i\".").ident(column);
        }
        sql.push(" FROM \"i\"");
        if let Matching::Lanes(_) = matching {
            sql.push(" LEFT JOIN ").push(from).push(" AS \"x\" ON ").list(" AND ", keys, |sql, (name, lane)| {
                if nulls_are_equal {
                    // Arrays are equal if both have a NULL in the same place, and they can be hashed, unlike IS NOT DISTINCT
                    // FROM.
                    sql.push("ARRAY[\"i\".").ident(name).push("] = ARRAY[\"x\".").push(&lane).push("]");
                } else {
                    sql.push("\"i\".").ident(name).push(" = \"x\".").push(&lane);
                }
            });
        }
        sql
    }
}

fn with_keys(columns: &[&'static str], keys: &[(&'static str, String)]) -> Vec<&'static str> {
    let mut all = columns.to_vec();
    all.extend(keys.iter().map(|(name, _)| *name).filter(|name| !columns.contains(name)));
    all
}
