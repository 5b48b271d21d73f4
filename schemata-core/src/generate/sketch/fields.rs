//! Columns as fields, in the order of the table or of its live model.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{ColumnState, ConstraintKind, Generated, IndexKey, TableState, one_name};
use crate::generate::sketch::expression::unwrapped;
use crate::generate::sketch::indexes;
use crate::generate::sketch::model::{FieldOptions, FieldSketch, LeftOut, ModelSketch, NotNullSketch, TypeSketches};
use crate::generate::sketch::names;
use crate::generate::sketch::rust_types::{self, Element, RustType};
use crate::generate::sketch::sketcher::{Sketcher, missing};
use crate::generate::sketch::value_source::{ValueSource, default};
use crate::generate::text::identifiers::mentions_column;
use crate::generate::text::sequence::SequenceParts;
use crate::schema::type_name::short_type;
use crate::schema::{Column, Table};

/// Adds the fields of a model.
pub(crate) fn fields(sketcher: &Sketcher<'_>, state: &TableState, model: &mut ModelSketch, types: &TypeSketches) {
    let table = Columns { state, types, model: (sketcher.model_of)(&model.key) };
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

/// Returns the names of the finders and unique keys that the derive generates.
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

/// Returns the columns of the primary key, in order.
fn key(state: &TableState) -> &[String] {
    state.primary_key().map(|key| key.columns.as_slice()).unwrap_or_default()
}

/// Lists the properties of a column that models cannot express, as words of `unmanaged(…)`.
fn unmanaged_keys(column: &ColumnState) -> Vec<&'static str> {
    if column.inexpressible().is_empty() { Vec::new() } else { vec!["collation"] }
}

/// Returns the options that few columns have.
fn options_of(column: &ColumnState) -> FieldOptions {
    let not_null = column.not_null.as_ref().map(|constraint| NotNullSketch {
        name: constraint.own_name().map(str::to_owned),
        no_inherit: constraint.no_inherit,
        not_valid: column.unchecked,
        comment: constraint.comment.clone(),
    });
    FieldOptions {
        collation: column.collation.as_deref().and_then(one_name),
        sequence: column.sequence.as_deref().map(SequenceParts::read),
        not_null: not_null.filter(|constraint| *constraint != NotNullSketch::default()),
        storage: column.storage.clone(),
        compression: column.compression.clone(),
        statistics: column.statistics,
        with: indexes::options(&column.options, &[]).unwrap_or_default(),
    }
}

/// The columns of a table.
struct Columns<'a> {
    state: &'a TableState,
    types: &'a TypeSketches,
    /// The live model whose spelling is used.
    model: Option<&'static Table>,
}

impl<'a> Columns<'a> {
    /// Returns the columns in the order of the table or of its model. The columns of the primary key stand in the order
    /// of the key, at the places that they have together.
    fn in_order(&self) -> Vec<(&'a str, &'a ColumnState)> {
        let all = self.state.columns_in_order().into_iter();
        let mut all: Vec<(&str, &ColumnState)> = all.map(|(name, column)| (name.as_str(), column)).collect();
        if let Some(model) = self.model {
            let place = |name: &str| model.columns.iter().position(|column| column.name == name);
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

    /// Returns the field of a column. Adds to `left` what is left out of it, or why there is no field.
    fn field(&self, name: &str, ident: String, column: &ColumnState, left: &mut Vec<String>) -> Option<FieldSketch> {
        let Some((rust, declared)) = self.rust(column) else {
            let is_required = !column.nullable && column.default.is_none() && column.identity.is_none();
            let required = if is_required { "; it is NOT NULL, so no insert works without it" } else { "" };
            left.push(format!("the library has no Rust type for it{required}"));
            return None;
        };
        if let Some(what) = self.missing(column) {
            left.push(format!("it is computed with {what}, which no model creates"));
            return None;
        }
        left.extend(column.inexpressible().iter().map(|what| format!("declared without its {what}")));
        let declared_column = self.model.and_then(|model| model.column(name));
        let mut value = self.value(column, &rust, declared_column);
        let mut unmanaged = unmanaged_keys(column);
        if let Some(expression) = column.default.as_ref().filter(|_| column.generated.is_none())
            && let Some(what) = missing(&column.needs, self.types)
        {
            left.push(format!("its default {expression} needs the {what}, which no model creates"));
            value = ValueSource::Insert;
            unmanaged.push("default");
        }
        let spelled = declared_column.and_then(|own| own.declared).filter(|declared| rust.fits(declared));
        Some(FieldSketch {
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
            options: options_of(column),
            unmanaged,
        })
    }

    fn rust(&self, column: &ColumnState) -> Option<(RustType, Option<String>)> {
        rust_types::column(column, |of| self.types.find(of))
    }

    /// Returns what a generated column needs and no model creates.
    fn missing(&self, column: &ColumnState) -> Option<String> {
        let needs = &column.needs;
        let expression = column.default.as_ref().filter(|_| column.generated.is_some())?;
        let mut columns = self.state.columns.iter().filter(|(_, state)| self.rust(state).is_none());
        let column = columns.find(|(name, _)| mentions_column(expression, name)).map(|(name, _)| name.clone());
        column.or_else(|| missing(needs, self.types).map(|what| format!("the {what}")))
    }

    fn value(&self, column: &ColumnState, rust: &RustType, own: Option<&Column>) -> ValueSource {
        if column.serial {
            return ValueSource::Serial;
        }
        if let Some(identity) = column.identity {
            return ValueSource::Identity(identity);
        }
        let Some(printed) = &column.default else { return ValueSource::Insert };
        if column.generated.is_some() {
            let text = own.and_then(|own| own.generated).unwrap_or(printed);
            let text = unwrapped(text).to_owned();
            let is_virtual = column.generated == Some(Generated::Virtual);
            return if is_virtual { ValueSource::Virtual(text) } else { ValueSource::Generated(text) };
        }
        if let Some(default) = own.and_then(|own| own.default.as_ref()).filter(|default| rust.takes(default)) {
            return default.into();
        }
        let labels = match &rust.element {
            Element::Enum(at) => self.types.enums[*at].variants.iter().map(|variant| variant.label.clone()).collect(),
            Element::Plain(_) | Element::Created(_) => Vec::new(),
        };
        default(printed, column, rust, &labels)
    }
}
