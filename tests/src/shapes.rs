//! Random models: tables as random constants, of which any two can be successive versions.
//!
//! A column's name begins with its kind of content, so that columns of the same name in two models can exchange values.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::schema::{
    Check, Column, ColumnType, ForeignKey, Identity, Index, IndexPart, Literal, ReferentialAction, SqlType, Table,
    Unique,
};
use schemata::tables;
use schemata::{PgEnum, TableModel};

use crate::dice::Dice;

/// An enum in several versions.
#[derive(Debug, Clone, Copy, PgEnum)]
#[column(name = "mood")]
#[allow(missing_docs)]
pub enum Mood {
    Sad,
    Happy,
}

/// A parent that never changes, for foreign keys.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "parents")]
pub struct Parent {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
}

const LABELS: [&[&str]; 4] =
    [&["sad", "happy"], &["sad", "so so", "happy"], &["happy", "sad"], &["it's", "sad", "happy", "back\\slash"]];

fn leak<T>(items: Vec<T>) -> &'static [T] {
    items.leak()
}

fn text(dice: &mut Dice) -> Column {
    let name = dice.pick(&["t_one", "t_two", "t order", "t_\"q\""]);
    let column = if dice.once_in(2) { Column::of::<String>(name) } else { Column::of::<Option<String>>(name) };
    let column = match dice.roll(4) {
        0 => column,
        1 => column.sql_type("varchar(10)"),
        2 => column.sql_type("varchar(20)"),
        _ => column.sql_type("text"),
    };
    if dice.once_in(2) { column.default(Literal::Text(dice.pick(&["a", "it's", "b\\c", "\"*/"]))) } else { column }
}

fn number(dice: &mut Dice) -> Column {
    fn of<T: ColumnType>(dice: &mut Dice, name: &'static str) -> Column
    where
        Option<T>: ColumnType,
    {
        if dice.once_in(2) { Column::of::<T>(name) } else { Column::of::<Option<T>>(name) }
    }
    let name = dice.pick(&["n_one", "n_two"]);
    let column = match dice.roll(5) {
        0 => of::<i16>(dice, name),
        1 => of::<i32>(dice, name),
        2 => of::<i64>(dice, name),
        3 => of::<Decimal>(dice, name).sql_type("numeric(10,2)"),
        _ => of::<Decimal>(dice, name).sql_type("numeric(12,2)"),
    };
    if dice.once_in(3) { column.default(Literal::Integer(7)) } else { column }
}

fn other(dice: &mut Dice, labels: &'static [&'static str]) -> Column {
    match dice.roll(5) {
        0 => Column::of::<bool>("b_one").default(Literal::Boolean(dice.once_in(2))),
        1 => Column::of::<Option<bool>>("b_one"),
        2 => Column::of::<DateTime<Utc>>("d_one").default_sql("now()"),
        3 => Column::of::<Option<DateTime<Utc>>>("d_one"),
        _ => {
            let mut column = Column::of::<Option<Mood>>("m_one");
            column.sql_type = SqlType::enumeration(None, "mood", labels);
            if dice.once_in(2) { column.default(Literal::Text("sad")) } else { column }
        }
    }
}

/// The columns of a table: its key, and a few of each kind, without duplicate names.
fn columns(dice: &mut Dice, labels: &'static [&'static str]) -> Vec<Column> {
    let key = Column::of::<i64>("id");
    let mut all = vec![match dice.roll(4) {
        0 => key.identity(dice.pick(&[Identity::Always, Identity::ByDefault])),
        1 => key.serial(),
        _ => key,
    }];
    for _ in 0..dice.roll(7) {
        let column = match dice.roll(3) {
            0 => text(dice),
            1 => number(dice),
            _ => other(dice, labels),
        };
        let comments = ["", "what it is", "two\nlines; */ \"q\" 'q' \\"];
        let comment = dice.pick(&comments);
        if !all.iter().any(|known: &Column| known.name == column.name) {
            all.push(if comment.is_empty() { column } else { column.comment(comment) });
        }
    }
    if all.iter().any(|column| column.name == "n_one") && dice.once_in(2) {
        all.push(Column::of::<Option<i64>>("g_one").generated(dice.pick(&["n_one * 2", "n_one + 1"])));
    }
    if dice.once_in(2) {
        all.push(Column::of::<Option<i64>>("parent_id"));
    }
    all
}

fn table(dice: &mut Dice, name: &'static str, labels: &'static [&'static str]) -> &'static Table {
    let columns = leak(columns(dice, labels));
    let has = |name: &str| columns.iter().any(|column| column.name == name);
    // Indexes share one name space.
    let own = |what: &str| -> &'static str { format!("{name}_{what}").leak() };
    let mut table = Table::new(name, columns, &["id"]);
    if dice.once_in(3) {
        table = table.primary_key_name(own("pk"));
    }
    if has("t_one") && dice.once_in(2) {
        table = table.uniques(leak(vec![if dice.once_in(2) {
            Unique::new(&["t_one"])
        } else {
            Unique::new(&["t_one"]).name(own("one_only"))
        }]));
    }
    if has("n_two") && dice.once_in(2) {
        let sql = dice.pick(&["n_two >= 0", "n_two > -1 AND n_two < 1000"]);
        table = table.checks(leak(vec![Check::new("n_two_fits", sql)]));
    }
    if has("parent_id") && dice.once_in(2) {
        let key = ForeignKey::new(&["parent_id"], || tables![Parent][0], &["id"]);
        table = table.foreign_keys(leak(vec![key.on_delete(dice.pick(&[
            ReferentialAction::Cascade,
            ReferentialAction::SetNull,
            ReferentialAction::NoAction,
        ]))]));
    }
    let mut indexes = Vec::new();
    if has("t_two") && dice.once_in(2) {
        let parts: &'static [IndexPart] = if dice.once_in(2) {
            const { &[IndexPart::expression("lower(t_two)")] }
        } else {
            const { &[IndexPart::column("t_two").desc()] }
        };
        indexes.push(Index::new(parts).name(own("by_two")));
    }
    if has("n_one") && dice.once_in(2) {
        let index = Index::new(const { &[IndexPart::column("n_one")] });
        indexes.push(if dice.once_in(2) { index.predicate("n_one > 3") } else { index.include(&["id"]) });
    }
    table = table.indexes(leak(indexes));
    if dice.once_in(3) {
        table = table.comment(dice.pick(&["a table", "it's \"a\" table"]));
    }
    Box::leak(Box::new(table))
}

/// The models of one version.
pub fn models(dice: &mut Dice) -> Vec<&'static Table> {
    let labels = dice.pick(&LABELS);
    let mut all = tables![Parent].to_vec();
    for name in ["first", "select", "Third \"t\""] {
        if !dice.once_in(4) {
            all.push(table(dice, name, labels));
        }
    }
    all
}

/// Returns a value for a column, as SQL.
pub fn value(column: &str) -> &'static str {
    match column.as_bytes().first() {
        Some(b't') => "'x'",
        Some(b'n' | b'i') => "5",
        Some(b'b') => "true",
        Some(b'd') => "'2020-01-02 03:04:05+00'",
        Some(b'm') => "'sad'",
        _ => "NULL",
    }
}
