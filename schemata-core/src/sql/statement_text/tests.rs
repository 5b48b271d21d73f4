//! Compares the texts of random statements that are told apart by their parts.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};

use super::*;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::select;
use crate::sql::tree::{
    Cte, CteBody, Distinct, Expr, Filter, FromItem, Join, JoinKind, List, Lock, Node, Query, Removed, SortKey,
};
use crate::sql::write::{self, ColumnValue};
use crate::sql::writer::Sql;

static COLUMNS: [Column; 3] =
    [Column::of::<i32>("a"), Column::of::<i32>("b\"c"), Column::of::<Option<i32>>("d").soft_delete()];
/// They differ in nothing but the columns, or the schema.
static TABLES: [Table; 3] = [
    Table::new("soft", COLUMNS.split_at(2).0, &["a"]),
    Table::new("soft", &COLUMNS, &["a"]),
    Table::new("soft", &COLUMNS, &["a"]).schema("elsewhere"),
];

/// Random shapes, with values that say nothing of them.
struct Dice {
    state: u64,
    value: i32,
}

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.state = mix(self.state, 1);
        usize::try_from((self.state ^ (self.state >> 29)) >> 33).expect("31 bits") % end
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn table(&mut self) -> &'static Table {
        &TABLES[self.below(TABLES.len())]
    }

    fn value(&mut self) -> Param {
        self.value += 1;
        Param::new(self.value)
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) == 0).then(|| make(self))
    }

    fn some<T>(&mut self, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.below(3)).map(|_| make(self)).collect()
    }

    fn expr(&mut self, depth: usize) -> Expr {
        match self.below(if depth == 0 { 3 } else { 7 }) {
            0 => Expr::first(self.of(&["a", "b\"c", "d"])),
            1 => Expr::Value(self.value(), self.of(&[None, Some(&COLUMNS[0].sql_type)])),
            2 => Expr::Text(format!("{}", self.below(3)).into()),
            3 => Expr::call(self.of(&["lower(", "upper("]), vec![self.expr(depth - 1)]),
            4 => Expr::pieces(self.of(&[&["(", " + ", ")"], &["(", " - ", ")"]]), [self.expr(0), self.expr(0)]),
            5 => {
                let value = Expr::Value(self.value(), None);
                let other = if self.below(2) == 0 { value.clone() } else { Expr::Value(self.value(), None) };
                Expr::call("greatest(", vec![value, other])
            }
            _ => Expr::tree(Node::Query("(", Box::new(self.query(depth - 1)), ")")),
        }
    }

    fn filter(&mut self, depth: usize) -> Filter {
        match self.below(if depth == 0 { 3 } else { 7 }) {
            0 => {
                let (column, operator) = (self.expr(0), self.of(&[" = ", " < "]));
                Filter::Compare { column, operator, value: self.value(), joins: true }
            }
            1 => {
                let (column, negated) = (self.expr(0), self.below(2) == 0);
                Filter::Among { column, values: self.value(), is_empty: false, negated }
            }
            2 => Filter::Postfix { column: self.expr(depth), test: self.of(&[" IS NULL", " IS NOT NULL"]) },
            3 => Filter::all(self.some(|dice| dice.filter(depth - 1))),
            4 => Filter::any(self.some(|dice| dice.filter(depth - 1))),
            5 => self.filter(depth - 1).negate(),
            _ => Filter::Operands { left: self.expr(depth - 1), operator: " > ", right: self.expr(depth - 1) },
        }
    }

    fn query(&mut self, depth: usize) -> Query {
        let item = |dice: &mut Self, model| FromItem { model: Some(model), ..FromItem::of(dice.table()) };
        let join = |dice: &mut Self, model| {
            let kind = dice.of(&[JoinKind::Inner, JoinKind::Left, JoinKind::Full]);
            Join { kind, item: item(dice, model), on: dice.maybe(|dice| dice.filter(0)) }
        };
        let mut query = Query::from(item(self, TypeId::of::<u8>()));
        query.joins = self.some(|dice| join(dice, TypeId::of::<u16>()));
        if self.below(2) == 0 {
            query.list = List::Of(vec![self.expr(depth), Expr::of(TypeId::of::<u16>(), "a")]);
        }
        query.filter = self.maybe(|dice| dice.filter(depth));
        query.removed = self.of(&[Removed::Hidden, Removed::Shown, Removed::Only]);
        query.distinct = if self.below(4) == 0 { Distinct::Rows } else { Distinct::No };
        query.order = self.some(|dice| SortKey {
            expr: dice.expr(0),
            descending: dice.below(2) == 0,
            nulls_first: dice.below(2) == 0,
        });
        query.limit = self.maybe(|dice| i64::from(dice.value));
        query.offset = self.maybe(|dice| i64::from(dice.value));
        query.lock = self.maybe(|dice| {
            let of = vec![dice.of(&[TypeId::of::<u8>(), TypeId::of::<u16>()])];
            Lock { strength: dice.of(&[" FOR UPDATE", " FOR SHARE"]), waiting: dice.of(&["", " NOWAIT"]), of }
        });
        if depth > 0 && self.below(4) == 0 {
            let (body, materialized) = (CteBody::Query(Box::new(self.query(0))), self.of(&["", " MATERIALIZED"]));
            query.with.push(Cte { source: TypeId::of::<u32>(), table: &TABLES[0], materialized, body });
        }
        query
    }

    fn statement(&mut self) -> Sql {
        let schema = Ident::new(self.of(&["public", "tenant"])).expect("a name");
        let set = |dice: &mut Self| {
            let values = [ColumnValue::Bound(dice.value().into()), ColumnValue::Sql("now()"), ColumnValue::Default];
            vec![(dice.below(2), dice.of(&values))]
        };
        match self.below(6) {
            0 => write::insert(&schema, self.table(), set(self)),
            1 => write::update(&schema, self.table(), set(self), self.filter(0), Removed::Hidden),
            2 => select::count(&schema, self.query(1)),
            3 => select::exists(&schema, self.query(0)),
            _ => {
                let depth = self.below(3);
                select::select(&schema, &self.query(depth))
            }
        }
    }
}

#[test]
fn statements_that_are_found_have_the_text_that_is_written_anew() {
    // By their number of parts, so that comparing alone tells them apart.
    let mut known: HashMap<usize, Vec<(KeptText, String)>> = HashMap::new();
    let (mut dice, mut hashes) = (Dice { state: 7, value: 0 }, HashSet::new());
    let (mut found, mut others) = (0, 0);
    for _ in 0..8_000 {
        let sql = dice.statement();
        let (text, key) = (sql.text.to_text(), TextRef::Parts(&sql.text));
        hashes.insert(key.hash());
        let entries = known.entry(sql.text.len()).or_default();
        if let Some((_, kept)) = entries.iter().find(|(kept, _)| key.is(kept)) {
            assert_eq!(*kept, text);
            found += 1;
        } else {
            others += 1;
            entries.push((key.kept("".into()), text));
        }
    }
    assert!(found > 1_000 && others > 1_000, "{found} were found, {others} were not");
    assert_eq!(hashes.len(), others, "the hash tells them apart as well");
}

#[test]
fn queries_of_one_shape_have_one_text_and_bind_their_values_alike() {
    let mut dice = Dice { state: 11, value: 0 };
    // Comparing alone tells them apart.
    let (mut known, mut found): (Vec<(KeptText, String)>, u32) = (Vec::new(), 0);
    for _ in 0..12_000 {
        let schema = Ident::new(dice.of(&["public", "tenant"])).expect("a name");
        let depth = dice.below(3);
        let query = dice.query(depth);
        let Some(shape) = query.shape() else { continue };
        let sql = select::select(&schema, &query);
        let text = sql.text.to_text();
        assert_eq!(sql.params.len(), shape.params.len(), "{text}");
        for (one, other) in sql.params.iter().zip(&shape.params) {
            assert!(one.column == other.column && one.value.equals(&other.value), "{text}");
        }
        let key = TextRef::Shape(ShapeRef { shape: &shape, schema: &schema, write: &|| String::new() });
        if let Some((_, kept)) = known.iter().find(|(kept, _)| key.is(kept)) {
            assert_eq!(*kept, text);
            found += 1;
        } else {
            known.push((key.kept("".into()), text));
        }
    }
    assert!(found > 100 && known.len() > 500, "{found} were found, {} were not", known.len());
}

#[test]
fn values_are_no_part_of_the_key() {
    for seed in 0..500 {
        let [one, other] = [0, 1_000].map(|value| Dice { state: seed, value }.statement().text);
        assert!(TextRef::Parts(&one).is(&TextRef::Parts(&other).kept("".into())), "{one:?}");
        assert_eq!(TextRef::Parts(&one).hash(), TextRef::Parts(&other).hash());
    }
}

#[test]
fn a_statement_may_name_several_schemas() {
    let [first, second] = ["a", "b"].map(|name| Ident::new(name).expect("a name"));
    let mut sql = Sql::default();
    let [table, _, elsewhere] = &TABLES;
    sql.table(&first, table).push(" ").table(&second, table).push(" ").table(&first, elsewhere);
    assert_eq!(sql.text.to_text(), r#""a"."soft" "b"."soft" "elsewhere"."soft""#);
}
