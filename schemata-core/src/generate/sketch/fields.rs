//! Columns as fields, in the table's order.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{ColumnState, ConstraintKind, Generated, IndexKey, TableState};
use crate::generate::sketch::expression::unwrapped;
use crate::generate::sketch::model::{Enumeration, Field, LeftOut, Model};
use crate::generate::sketch::names;
use crate::generate::sketch::plan::{Plan, missing};
use crate::generate::sketch::types::{self, Element, RustType};
use crate::generate::sketch::value::{Value, default};
use crate::generate::text::words::{mentions, short_type};
use crate::schema::{Column, Table};

/// Gives a model its fields.
pub(crate) fn fields(plan: &Plan<'_>, state: &TableState, model: &mut Model, enums: &[Enumeration]) {
    let table = Columns { state, enums, words: (plan.words)(&model.key) };
    let mut taken = reserved(state);
    let (columns, mut idents) = (table.in_order(), BTreeMap::new());
    let (alike, others): (Vec<_>, Vec<_>) = columns.iter().copied().partition(|(name, _)| names::is_field(name));
    for (name, column) in alike.into_iter().chain(others) {
        idents.insert(name, names::field(name, column.position, &mut taken));
    }
    for (name, column) in columns {
        let kind = if column.generated.is_some() { " GENERATED" } else { "" };
        let object = format!("{}.{name} ({}{kind})", model.key, short_type(&column.sql_type));
        let mut left = Vec::new();
        let ident = idents.get(name).cloned().unwrap_or_default();
        let field = table.field(name, ident, column, &mut left);
        let place = Some(model.fields.len());
        if field.is_none() {
            model.unmanaged.push(("column", Some(name.to_owned())));
        }
        model.left.extend(left.into_iter().map(|reason| (place, LeftOut { object: object.clone(), reason })));
        model.fields.extend(field);
    }
}

/// Names that finders and unique keys have.
fn reserved(state: &TableState) -> BTreeSet<String> {
    let uniques = state.constraints.values().filter(|found| matches!(found.kind, ConstraintKind::Unique { .. }));
    let uniques = uniques.map(|unique| unique.columns.join("_and_"));
    let indexes = state.indexes.values().filter(|index| index.unique).map(|index| {
        let columns = index.parts.iter().map(|part| match &part.key {
            IndexKey::Column(name) => name.as_str(),
            IndexKey::Expression(_) => "",
        });
        columns.collect::<Vec<_>>().join("_and_")
    });
    uniques.chain(indexes).flat_map(|by| [format!("by_{by}"), format!("find_by_{by}")]).collect()
}

/// The columns of the primary key, in order.
fn key(state: &TableState) -> &[String] {
    state.primary_key().map(|key| key.columns.as_slice()).unwrap_or_default()
}

/// Lists the properties of a column that models cannot express, as words of `unmanaged(…)`.
fn beyond(column: &ColumnState) -> Vec<&'static str> {
    let words = [
        (column.collation.is_some(), "collation"),
        (column.sequence.is_some(), "sequence"),
        (column.generated == Some(Generated::Virtual), "generated"),
        (column.unchecked, "not_null"),
    ];
    words.into_iter().filter_map(|(holds, word)| holds.then_some(word)).collect()
}

/// The columns of a table.
struct Columns<'a> {
    state: &'a TableState,
    enums: &'a [Enumeration],
    /// The model whose words are used.
    words: Option<&'static Table>,
}

impl<'a> Columns<'a> {
    /// In the table's order, or a model's; those of the key change places among themselves, where its order is another.
    fn in_order(&self) -> Vec<(&'a str, &'a ColumnState)> {
        let all = self.state.columns_in_order().into_iter();
        let mut all: Vec<(&str, &ColumnState)> = all.map(|(name, column)| (name.as_str(), column)).collect();
        if let Some(words) = self.words {
            let place = |name: &str| words.columns.iter().position(|column| column.name == name);
            all.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
        }
        let key = key(self.state);
        let places: Vec<usize> = (0..all.len()).filter(|at| key.iter().any(|name| name == all[*at].0)).collect();
        for (place, name) in places.into_iter().zip(key) {
            if let Some((name, column)) = self.state.columns.get_key_value(name) {
                all[place] = (name, column);
            }
        }
        all
    }

    /// The field of a column; what is left out of it, or why there is none, goes to `left`.
    fn field(&self, name: &str, ident: String, column: &ColumnState, left: &mut Vec<String>) -> Option<Field> {
        let Some((rust, declared)) = self.rust(column) else {
            let must = !column.nullable && column.default.is_none() && column.identity.is_none();
            let must = if must { "; it is NOT NULL, and no insert works without it" } else { "" };
            left.push(format!("no Rust type of the library's stands for it{must}"));
            return None;
        };
        if let Some(what) = self.missing(column) {
            left.push(format!("it is computed with {what}, which no model creates"));
            return None;
        }
        left.extend(column.beyond_models().iter().map(|beyond| format!("said without its {beyond}")));
        let words = self.words.and_then(|table| table.column(name));
        let mut value = self.value(column, &rust, words);
        let mut unmanaged = beyond(column);
        if let Some(expression) = column.default.as_ref().filter(|_| column.generated.is_none())
            && let Some(what) = missing(&column.needs, self.enums)
        {
            left.push(format!("its default {expression} needs the {what}, which no model creates"));
            value = Value::Insert;
            unmanaged.push("default");
        }
        let spelled = words.and_then(|words| words.declared).filter(|words| rust.is_spelled(words));
        Some(Field {
            ident,
            column: name.to_owned(),
            rust,
            declared: spelled.map(str::to_owned).or(declared),
            nullable: column.nullable,
            primary_key: key(self.state).iter().any(|key| key == name),
            value,
            unique: false,
            reference: None,
            comment: column.comment.clone(),
            unmanaged,
        })
    }

    fn rust(&self, column: &ColumnState) -> Option<(RustType, Option<String>)> {
        let place =
            |schema: &str, name: &str| self.enums.iter().position(|known| known.name == name && known.home == schema);
        types::column(column, place)
    }

    /// What a generated column needs that models do not create.
    fn missing(&self, column: &ColumnState) -> Option<String> {
        let needs = &column.needs;
        let expression = column.default.as_ref().filter(|_| column.generated.is_some())?;
        let mut columns = self.state.columns.iter().filter(|(_, state)| self.rust(state).is_none());
        let column = columns.find(|(name, _)| mentions(expression, name)).map(|(name, _)| name.clone());
        column.or_else(|| missing(needs, self.enums).map(|what| format!("the {what}")))
    }

    fn value(&self, column: &ColumnState, rust: &RustType, words: Option<&Column>) -> Value {
        if column.serial {
            return Value::Serial;
        }
        if let Some(identity) = column.identity {
            return Value::Identity(identity);
        }
        let Some(printed) = &column.default else { return Value::Insert };
        if column.generated.is_some() {
            let text = words.and_then(|words| words.generated).unwrap_or(printed);
            return Value::Generated(unwrapped(text).to_owned());
        }
        if let Some(words) = words.and_then(|words| words.default.as_ref()).filter(|words| rust.takes(words)) {
            return words.into();
        }
        let labels = match &rust.element {
            Element::Enum(at) => self.enums[*at].variants.iter().map(|variant| variant.label.clone()).collect(),
            Element::Plain(_) => Vec::new(),
        };
        default(printed, column, rust, &labels)
    }
}
