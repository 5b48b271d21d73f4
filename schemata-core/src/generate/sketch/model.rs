//! Models as values: what the written structs and attributes say, before they are text.

use std::collections::BTreeSet;
use std::fmt;

use crate::generate::sketch::types::{Element, RustType};
use crate::generate::sketch::value::Value;
use crate::schema::ReferentialAction;

/// The place that the models are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// The application: public structs, with everything that an application's models can do.
    Live,
    /// A migration, which contains them.
    Frozen,
}

/// Models, the enums they use, and what they do not say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    pub(crate) models: Vec<Model>,
    pub(crate) enums: Vec<Enumeration>,
    /// The tables that are no models, each with a reason.
    pub(crate) skipped: Vec<LeftOut>,
}

/// Something a database has and no model says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// What it is, like `orders.search (tsvector)`.
    pub object: String,
    /// Why, or what of it is not said.
    pub reason: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.reason)
    }
}

/// A struct.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    /// What the catalog calls the table.
    pub(crate) key: String,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) ident: String,
    pub(crate) comment: Option<String>,
    pub(crate) key_name: Option<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) uniques: Vec<Unique>,
    pub(crate) checks: Vec<Check>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) indexes: Vec<Index>,
    /// Foreign keys that no attribute can say: of tables that are no models, or of columns of another Rust type.
    pub(crate) outside: Vec<String>,
    /// The parts of the table that are left to the database, as keys of `unmanaged(…)` with their names.
    pub(crate) unmanaged: Vec<(&'static str, Option<String>)>,
    /// What is left out: of a column, with the place among the fields where it would stand.
    pub(crate) left: Vec<(Option<usize>, LeftOut)>,
}

/// A field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// As it is written: `r#type`.
    pub(crate) ident: String,
    pub(crate) column: String,
    pub(crate) rust: RustType,
    pub(crate) declared: Option<String>,
    pub(crate) nullable: bool,
    pub(crate) primary_key: bool,
    pub(crate) value: Value,
    pub(crate) unique: bool,
    pub(crate) reference: Option<Reference>,
    pub(crate) comment: Option<String>,
    /// The properties of the column that are left to the database, as words of `unmanaged(…)`.
    pub(crate) unmanaged: Vec<&'static str>,
}

/// What a foreign key of one column says at its field.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    /// The place of the model.
    pub(crate) model: usize,
    /// The place of its field.
    pub(crate) field: usize,
    pub(crate) on_delete: ReferentialAction,
    pub(crate) on_update: ReferentialAction,
}

/// `unique(…)`, over places of fields.
#[derive(Debug, Clone)]
pub(crate) struct Unique {
    pub(crate) fields: Vec<usize>,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) name: Option<String>,
}

/// `check("name", "sql")`.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) sql: String,
}

/// `foreign_key(…)`.
#[derive(Debug, Clone)]
pub(crate) struct ForeignKey {
    pub(crate) fields: Vec<usize>,
    pub(crate) model: usize,
    pub(crate) targets: Vec<usize>,
    pub(crate) on_delete: ReferentialAction,
    pub(crate) on_update: ReferentialAction,
    pub(crate) name: Option<String>,
}

/// `index(…)`.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) parts: Vec<Part>,
    pub(crate) unique: bool,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) method: Option<String>,
    pub(crate) predicate: Option<String>,
    pub(crate) include: Vec<usize>,
    pub(crate) with: Vec<(String, String)>,
    pub(crate) name: Option<String>,
}

/// One entry of an index.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) of: PartOf,
    pub(crate) collation: Option<String>,
    pub(crate) class: Option<String>,
    pub(crate) descending: bool,
    /// Where that is not where the direction puts them.
    pub(crate) nulls_first: Option<bool>,
}

/// What it is made of.
#[derive(Debug, Clone)]
pub(crate) enum PartOf {
    Field(usize),
    Expression(String),
}

/// An enum.
#[derive(Debug, Clone)]
pub(crate) struct Enumeration {
    /// What the catalog calls the type.
    pub(crate) key: String,
    pub(crate) ident: String,
    /// The schema it is in.
    pub(crate) home: String,
    /// Where the enum has to name its schema: where a table that uses it lives elsewhere.
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    pub(crate) variants: Vec<Variant>,
}

/// A variant of an enum.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) ident: String,
    pub(crate) label: String,
    /// Whether the label has to be named beside it.
    pub(crate) is_named: bool,
}

impl Model {
    /// The place of the field of a column.
    pub(crate) fn field(&self, column: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.column == column)
    }

    /// The places of the fields of columns, where all are fields.
    pub(crate) fn all(&self, columns: &[String]) -> Option<Vec<usize>> {
        columns.iter().map(|column| self.field(column)).collect()
    }

    /// Leaves something of the whole table out.
    pub(crate) fn leave(&mut self, object: String, reason: impl Into<String>) {
        self.left.push((None, LeftOut { object, reason: reason.into() }));
    }

    /// Leaves a part of the table out of the model, and to the database: `key` and `name` go into `unmanaged(…)`.
    pub(crate) fn leave_to_database(
        &mut self,
        (key, name): (&'static str, Option<&str>),
        object: String,
        reason: impl Into<String>,
    ) {
        let entry = (key, name.map(str::to_owned));
        if !self.unmanaged.contains(&entry) {
            self.unmanaged.push(entry);
        }
        self.leave(object, reason);
    }

    /// Whether these fields, in any order, are the primary key or unique.
    pub(crate) fn is_key(&self, fields: &[usize]) -> bool {
        let same = |other: &[usize]| other.len() == fields.len() && fields.iter().all(|field| other.contains(field));
        let key: Vec<usize> = (0..self.fields.len()).filter(|at| self.fields[*at].primary_key).collect();
        let alone = |field: &&usize| fields.len() == 1 && self.fields[**field].unique;
        same(&key)
            || fields.first().as_ref().is_some_and(alone)
            || self.uniques.iter().any(|unique| same(&unique.fields))
    }
}

impl Sketch {
    /// The names of the other structs and enums that a model names.
    pub(crate) fn names_beside(&self, model: &Model) -> BTreeSet<String> {
        let references = model.fields.iter().filter_map(|field| field.reference.as_ref()).map(|key| key.model);
        let models = references.chain(model.foreign_keys.iter().map(|key| key.model));
        let models = models.map(|at| &self.models[at].ident).filter(|ident| **ident != model.ident);
        let enums = model.fields.iter().filter_map(|field| match &field.rust.element {
            Element::Enum(at) => Some(&self.enums[*at].ident),
            Element::Plain(_) => None,
        });
        models.chain(enums).cloned().collect()
    }
}
