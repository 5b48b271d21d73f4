//! The text of a statement as a list of parts, which is cheaper to make, to hash and to compare than the text.
//!
//! The text is made of the parts and of nothing else, so equal lists have equal texts: a list is the key by which a prepared
//! statement is found. Which parts a statement has is `writer`'s to decide.

use std::borrow::Cow;
use std::ops::Range;

use crate::ident::{Ident, write_quoted};
use crate::schema::Column;

/// Room for the parts of most statements, so that they are not copied as they grow.
const CAPACITY: usize = 64;

/// A part of a text. Those of the program are known by their address, since they never change.
#[derive(Debug, Clone, Copy)]
enum TextPart {
    /// Text of the program.
    Text(&'static str),
    /// A name, which is quoted.
    Name(&'static str),
    /// A name before a dot.
    Qualifier(&'static str),
    /// The PostgreSQL schema of the statement, before a dot.
    Schema,
    /// The quoted names of columns, separated by commas.
    Columns(&'static [Column]),
    /// The placeholder of the parameter with this number.
    Placeholder(usize),
    /// Other text: a range of [`StatementText::dynamic`].
    Dynamic(usize, usize),
}

impl PartialEq for TextPart {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Text(a), Self::Text(b))
            | (Self::Name(a), Self::Name(b))
            | (Self::Qualifier(a), Self::Qualifier(b)) => std::ptr::eq(a, b),
            (Self::Schema, Self::Schema) => true,
            (Self::Columns(a), Self::Columns(b)) => std::ptr::eq(a, b),
            (Self::Placeholder(a), Self::Placeholder(b)) => a == b,
            (Self::Dynamic(a, b), Self::Dynamic(c, d)) => (a, b) == (c, d),
            _ => false,
        }
    }
}

impl TextPart {
    /// Returns a number that equal parts share and that most others do not have.
    fn number(self) -> u64 {
        let (kind, address, length) = match self {
            Self::Text(text) => (0, text.as_ptr().addr(), text.len()),
            Self::Name(name) => (1, name.as_ptr().addr(), name.len()),
            Self::Qualifier(name) => (2, name.as_ptr().addr(), name.len()),
            Self::Schema => (3, 0, 0),
            Self::Columns(columns) => (4, columns.as_ptr().addr(), columns.len()),
            Self::Placeholder(number) => (5, number, 0),
            Self::Dynamic(start, end) => (6, start, end),
        };
        (address as u64) ^ ((length as u64) << 48) ^ (kind << 61)
    }
}

/// The text of a statement in parts.
#[derive(Clone, PartialEq)]
pub(crate) struct StatementText {
    parts: Vec<TextPart>,
    /// The text of the parts that are not of the program.
    dynamic: String,
    /// The PostgreSQL schema of tables that name none.
    schema: Option<Ident>,
}

impl Default for StatementText {
    fn default() -> Self {
        Self { parts: Vec::with_capacity(CAPACITY), dynamic: String::new(), schema: None }
    }
}

impl std::fmt::Debug for StatementText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl StatementText {
    /// Appends text of the program.
    pub(crate) fn push(&mut self, text: &'static str) {
        self.parts.push(TextPart::Text(text));
    }

    /// Appends a name of the program, quoted.
    pub(crate) fn name(&mut self, name: &'static str) {
        self.parts.push(TextPart::Name(name));
    }

    /// Appends a name of the program, quoted, and a dot.
    pub(crate) fn qualifier(&mut self, name: &'static str) {
        self.parts.push(TextPart::Qualifier(name));
    }

    /// Appends the names of columns, quoted and separated by commas.
    pub(crate) fn columns(&mut self, columns: &'static [Column]) {
        self.parts.push(TextPart::Columns(columns));
    }

    /// Appends the placeholder of a parameter.
    pub(crate) fn placeholder(&mut self, number: usize) {
        self.parts.push(TextPart::Placeholder(number));
    }

    /// Appends the name of a PostgreSQL schema, quoted, and a dot.
    pub(crate) fn schema(&mut self, schema: &Ident) {
        match &self.schema {
            Some(known) if known == schema => {}
            None => self.schema = Some(schema.clone()),
            Some(_) => {
                self.dynamic_name(schema.as_str());
                return self.push(".");
            }
        }
        self.parts.push(TextPart::Schema);
    }

    /// Appends text that is not a part of the program.
    pub(crate) fn dynamic(&mut self, text: &str) {
        let start = self.dynamic.len();
        self.dynamic.push_str(text);
        self.parts.push(TextPart::Dynamic(start, self.dynamic.len()));
    }

    /// Appends a name that is not a part of the program, quoted.
    pub(crate) fn dynamic_name(&mut self, name: &str) {
        let start = self.dynamic.len();
        write_quoted(&mut self.dynamic, name).expect("writing to a String cannot fail");
        self.parts.push(TextPart::Dynamic(start, self.dynamic.len()));
    }

    /// Returns the number of parts.
    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Returns the text.
    pub(crate) fn to_text(&self) -> String {
        self.text_of(0..self.parts.len())
    }

    /// Returns the text of some of the parts.
    pub(crate) fn text_of(&self, parts: Range<usize>) -> String {
        let mut text = String::new();
        for part in &self.parts[parts] {
            self.write(*part, &mut text).expect("writing to a String cannot fail");
        }
        text
    }

    fn write(&self, part: TextPart, out: &mut String) -> std::fmt::Result {
        use std::fmt::Write;
        match part {
            TextPart::Text(text) => out.push_str(text),
            TextPart::Name(name) => write_quoted(out, name)?,
            TextPart::Qualifier(name) => {
                write_quoted(out, name)?;
                out.push('.');
            }
            TextPart::Schema => {
                write!(out, "{}.", self.schema.as_ref().expect("noted with the first such part"))?;
            }
            TextPart::Columns(columns) => {
                for (at, column) in columns.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    write_quoted(out, column.name)?;
                }
            }
            TextPart::Placeholder(number) => write!(out, "${number}")?,
            TextPart::Dynamic(start, end) => out.push_str(&self.dynamic[start..end]),
        }
        Ok(())
    }

    fn hash(&self) -> u64 {
        let schema = self.schema.as_ref().map_or(0, |schema| hash_bytes(0, schema.as_str().as_bytes()));
        let hash = self.parts.iter().fold(schema, |hash, part| mix(hash, part.number()));
        hash_bytes(hash, self.dynamic.as_bytes())
    }
}

/// The text of a statement that is looked up: written already, or in parts.
#[derive(Clone, Copy)]
pub(crate) enum TextRef<'a> {
    Written(&'a str),
    Parts(&'a StatementText),
}

/// The text of a statement that is kept, as it is looked up.
pub(crate) enum KeptText {
    Written(Box<str>),
    Parts(StatementText),
}

impl<'a> TextRef<'a> {
    /// Returns a number that equal texts of one kind share.
    pub(crate) fn hash(self) -> u64 {
        let hash = match self {
            Self::Written(text) => hash_bytes(1, text.as_bytes()),
            Self::Parts(text) => text.hash(),
        };
        hash ^ (hash >> 32)
    }

    /// Returns whether it is the text that was kept. The same text in other parts is another one.
    pub(crate) fn is(self, kept: &KeptText) -> bool {
        match (self, kept) {
            (Self::Written(text), KeptText::Written(kept)) => *text == **kept,
            (Self::Parts(text), KeptText::Parts(kept)) => text == kept,
            _ => false,
        }
    }

    /// Returns the text to be kept.
    pub(crate) fn kept(self) -> KeptText {
        match self {
            Self::Written(text) => KeptText::Written(text.into()),
            Self::Parts(text) => {
                let mut text = text.clone();
                text.parts.shrink_to_fit();
                KeptText::Parts(text)
            }
        }
    }

    /// Returns the text as it is sent.
    pub(crate) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Written(text) => Cow::Borrowed(text),
            Self::Parts(text) => Cow::Owned(text.to_text()),
        }
    }
}

/// Hashes cheaply: two texts with one hash are told apart by comparing them, and cost no more than a further preparation.
fn hash_bytes(hash: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(hash, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(bytes.len() as u64, |word, byte| (word << 8) | u64::from(*byte));
    mix(hash, rest)
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
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

    const COLUMNS: &[Column] =
        &[Column::of::<i32>("a"), Column::of::<i32>("b\"c"), Column::of::<Option<i32>>("d").soft_delete()];
    const PLAIN: Table = Table::new("plain", COLUMNS.split_at(2).0, &["a"]);
    const SOFT: Table = Table::new("soft", COLUMNS, &["a"]);
    const ELSEWHERE: Table = Table::new("soft", COLUMNS, &["a"]).schema("elsewhere");
    const TABLES: [&Table; 3] = [&PLAIN, &SOFT, &ELSEWHERE];

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
            let item = |dice: &mut Self, model| FromItem { model: Some(model), ..FromItem::of(dice.of(&TABLES)) };
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
                query.with.push(Cte { source: TypeId::of::<u32>(), table: &PLAIN, materialized, body });
            }
            query
        }

        fn statement(&mut self) -> Sql {
            let schema = Ident::new(self.of(&["public", "tenant"])).expect("a name");
            let set = |dice: &mut Self| {
                let values = [ColumnValue::Bound(dice.value()), ColumnValue::Sql("now()"), ColumnValue::Default];
                vec![(dice.below(2), dice.of(&values))]
            };
            match self.below(6) {
                0 => write::insert(&schema, self.of(&TABLES), set(self)),
                1 => write::update(&schema, self.of(&TABLES), set(self), self.filter(0), Removed::Hidden),
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
            match entries.iter().find(|(kept, _)| key.is(kept)) {
                Some((_, kept)) => {
                    assert_eq!(*kept, text);
                    found += 1;
                }
                None => {
                    others += 1;
                    entries.push((key.kept(), text));
                }
            }
        }
        assert!(found > 1_000 && others > 1_000, "{found} were found, {others} were not");
        assert_eq!(hashes.len(), others, "the hash tells them apart as well");
    }

    #[test]
    fn values_are_no_part_of_the_key() {
        for seed in 0..500 {
            let [one, other] = [0, 1_000].map(|value| Dice { state: seed, value }.statement().text);
            assert!(TextRef::Parts(&one).is(&TextRef::Parts(&other).kept()), "{one:?}");
            assert_eq!(TextRef::Parts(&one).hash(), TextRef::Parts(&other).hash());
        }
    }

    #[test]
    fn a_statement_may_name_several_schemas() {
        let [first, second] = ["a", "b"].map(|name| Ident::new(name).expect("a name"));
        let mut sql = Sql::default();
        sql.table(&first, &PLAIN).push(" ").table(&second, &PLAIN).push(" ").table(&first, &ELSEWHERE);
        assert_eq!(sql.text.to_text(), r#""a"."plain" "b"."plain" "elsewhere"."soft""#);
    }
}
