//! Models as values: the structs and attributes before they are text.

use std::collections::BTreeSet;
use std::fmt;

use crate::catalog::{BaseType, TypeClass};
use crate::generate::sketch::rust_types::{Element, RustType};
use crate::generate::sketch::value_source::ValueSource;
use crate::generate::text::sequence::SequenceParts;
use crate::qualified_name::QualifiedName;
use crate::schema::{Deferral, ReferentialAction, Validity};

/// The place that the models are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// The application: public structs with all attributes.
    Live,
    /// The file of a migration.
    Frozen,
}

/// Models, the types they use, and the tables left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    pub(crate) models: Vec<ModelSketch>,
    pub(crate) types: TypeSketches,
    /// The tables that cannot be models, each with the reason.
    pub(crate) skipped: Vec<LeftOut>,
}

/// An object of a database that no model expresses completely.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// The object, like `orders.search (tsvector)`.
    pub object: String,
    /// The reason why the object, or a part of it, is left out.
    pub reason: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.reason)
    }
}

/// A struct.
#[derive(Debug, Clone, Default)]
pub(crate) struct ModelSketch {
    /// The table's key in the catalog.
    pub(crate) key: String,
    /// The table's name.
    pub(crate) name: QualifiedName,
    /// The struct's name.
    pub(crate) ident: String,
    pub(crate) comment: Option<String>,
    pub(crate) key_name: Option<String>,
    pub(crate) key_clauses: KeySketch,
    /// Storage parameters; those of the TOAST table begin with `toast.`.
    pub(crate) with: Vec<(String, String)>,
    pub(crate) unlogged: bool,
    pub(crate) fields: Vec<FieldSketch>,
    pub(crate) uniques: Vec<UniqueSketch>,
    pub(crate) checks: Vec<CheckSketch>,
    pub(crate) foreign_keys: Vec<ForeignKeySketch>,
    pub(crate) excludes: Vec<ExcludeSketch>,
    pub(crate) indexes: Vec<IndexSketch>,
    /// Foreign keys that no attribute can express: they reference a table without a model, or a column of another Rust type.
    pub(crate) outside: Vec<String>,
    /// The parts of the table that are left to the database, as keys of `unmanaged(…)` with their names.
    pub(crate) unmanaged: Vec<(&'static str, Option<String>)>,
    /// The objects that are left out; a column with the position that its field would have.
    pub(crate) left: Vec<(Option<usize>, LeftOut)>,
}

/// A field.
#[derive(Debug, Clone)]
pub(crate) struct FieldSketch {
    /// The field's name as it is written, like `r#type`.
    pub(crate) ident: String,
    pub(crate) column: String,
    pub(crate) rust: RustType,
    pub(crate) declared: Option<String>,
    pub(crate) nullable: bool,
    pub(crate) primary_key: bool,
    pub(crate) value: ValueSource,
    pub(crate) unique: bool,
    pub(crate) reference: Option<ReferenceSketch>,
    pub(crate) comment: Option<String>,
    pub(crate) options: FieldOptions,
    /// The properties of the column that are left to the database, as words of `unmanaged(…)`.
    pub(crate) unmanaged: Vec<&'static str>,
}

/// `references = …`: a foreign key of one column.
#[derive(Debug, Clone)]
pub(crate) struct ReferenceSketch {
    /// The place of the referenced model.
    pub(crate) model: usize,
    /// The place of the field in it.
    pub(crate) field: usize,
    pub(crate) on_delete: ReferentialAction,
    pub(crate) on_update: ReferentialAction,
    pub(crate) deferral: Deferral,
}

/// Options that few columns have.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldOptions {
    pub(crate) collation: Option<String>,
    pub(crate) sequence: Option<SequenceParts>,
    pub(crate) not_null: Option<NotNullSketch>,
    pub(crate) storage: Option<String>,
    pub(crate) compression: Option<String>,
    pub(crate) statistics: Option<i32>,
    pub(crate) with: Vec<(String, String)>,
}

/// `not_null(…)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NotNullSketch {
    pub(crate) name: Option<String>,
    pub(crate) no_inherit: bool,
    pub(crate) not_valid: bool,
    pub(crate) comment: Option<String>,
}

/// The clauses that primary keys and unique constraints share.
#[derive(Debug, Clone)]
pub(crate) struct KeySketch {
    pub(crate) deferral: Deferral,
    pub(crate) include: Vec<usize>,
    pub(crate) without_overlaps: bool,
    pub(crate) comment: Option<String>,
}

impl Default for KeySketch {
    fn default() -> Self {
        Self { deferral: Deferral::Never, include: Vec::new(), without_overlaps: false, comment: None }
    }
}

/// `exclude(…)`.
#[derive(Debug, Clone)]
pub(crate) struct ExcludeSketch {
    pub(crate) index: IndexSketch,
    /// The operators, in the order of the index's parts.
    pub(crate) operators: Vec<String>,
    pub(crate) deferral: Deferral,
}

/// `unique(…)`. The fields are given by their places.
#[derive(Debug, Clone)]
pub(crate) struct UniqueSketch {
    pub(crate) fields: Vec<usize>,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) name: Option<String>,
    pub(crate) key: KeySketch,
}

/// `check("name", "sql")`.
#[derive(Debug, Clone)]
pub(crate) struct CheckSketch {
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) no_inherit: bool,
    pub(crate) validity: Validity,
    pub(crate) comment: Option<String>,
}

/// `foreign_key(…)`.
#[derive(Debug, Clone)]
pub(crate) struct ForeignKeySketch {
    pub(crate) fields: Vec<usize>,
    pub(crate) model: usize,
    pub(crate) targets: Vec<usize>,
    pub(crate) on_delete: ReferentialAction,
    pub(crate) on_update: ReferentialAction,
    pub(crate) name: Option<String>,
    pub(crate) deferral: Deferral,
    pub(crate) match_full: bool,
    pub(crate) set_columns: Vec<usize>,
    pub(crate) validity: Validity,
    pub(crate) period: bool,
    pub(crate) comment: Option<String>,
}

/// `index(…)`.
#[derive(Debug, Clone)]
pub(crate) struct IndexSketch {
    pub(crate) parts: Vec<IndexPartSketch>,
    pub(crate) unique: bool,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) method: Option<String>,
    pub(crate) predicate: Option<String>,
    pub(crate) include: Vec<usize>,
    pub(crate) with: Vec<(String, String)>,
    pub(crate) name: Option<String>,
    pub(crate) comment: Option<String>,
}

/// One entry of an index.
#[derive(Debug, Clone)]
pub(crate) struct IndexPartSketch {
    pub(crate) of: IndexPartKey,
    pub(crate) collation: Option<String>,
    pub(crate) class: Option<String>,
    pub(crate) descending: bool,
    /// `None` if that is the default of the direction.
    pub(crate) nulls_first: Option<bool>,
}

/// The field or expression of an index entry.
#[derive(Debug, Clone)]
pub(crate) enum IndexPartKey {
    Field(usize),
    Expression(String),
}

/// The types that models declare.
#[derive(Debug, Clone, Default)]
pub(crate) struct TypeSketches {
    pub(crate) enums: Vec<EnumSketch>,
    /// The domains and composite types, each after those that it is made of.
    pub(crate) created: Vec<CreatedTypeSketch>,
}

/// A domain or a composite type.
#[derive(Debug, Clone)]
pub(crate) struct CreatedTypeSketch {
    /// The type's name.
    pub(crate) name: QualifiedName,
    /// The struct's name.
    pub(crate) ident: String,
    /// The schema, if the struct has to name it.
    pub(crate) schema: Option<String>,
    /// The CHECK constraints of a domain; `None` for a composite type.
    pub(crate) checks: Option<Vec<(String, String)>>,
    /// The value of a domain, or the attributes of a composite type.
    pub(crate) parts: Vec<TypePartSketch>,
}

/// The value of a domain, or an attribute of a composite type.
#[derive(Debug, Clone)]
pub(crate) struct TypePartSketch {
    /// The field's name; empty for the value of a domain.
    pub(crate) ident: String,
    /// The attribute's name.
    pub(crate) name: String,
    pub(crate) rust: RustType,
    pub(crate) declared: Option<String>,
}

/// An enum.
#[derive(Debug, Clone)]
pub(crate) struct EnumSketch {
    /// The type's name.
    pub(crate) name: QualifiedName,
    /// The enum's name.
    pub(crate) ident: String,
    /// The schema, if the enum has to name it because a table of another schema uses the type.
    pub(crate) schema: Option<String>,
    pub(crate) variants: Vec<VariantSketch>,
}

/// A variant of an enum.
#[derive(Debug, Clone)]
pub(crate) struct VariantSketch {
    pub(crate) ident: String,
    pub(crate) label: String,
    /// Whether an attribute has to name the label.
    pub(crate) is_named: bool,
}

impl ModelSketch {
    /// Returns the place of a column's field.
    pub(crate) fn field(&self, column: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.column == column)
    }

    /// Returns the places of the columns' fields; `None` if one of the columns has no field.
    pub(crate) fn all(&self, columns: &[String]) -> Option<Vec<usize>> {
        columns.iter().map(|column| self.field(column)).collect()
    }

    /// Leaves an object of the whole table out.
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

    /// Returns whether these fields, in any order, are the primary key or unique.
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
    /// Returns the names of the other structs and enums that a model uses.
    pub(crate) fn names_used_by(&self, model: &ModelSketch) -> BTreeSet<String> {
        let references = model.fields.iter().filter_map(|field| field.reference.as_ref()).map(|key| key.model);
        let models = references.chain(model.foreign_keys.iter().map(|key| key.model));
        let models = models.map(|at| &self.models[at].ident).filter(|ident| **ident != model.ident);
        let types = model.fields.iter().filter_map(|field| self.types.ident(&field.rust.element));
        models.chain(types).cloned().collect()
    }
}

impl TypeSketches {
    /// Returns the name of the enum or struct for a type.
    pub(crate) fn ident(&self, element: &Element) -> Option<&String> {
        match element {
            Element::Enum(at) => Some(&self.enums[*at].ident),
            Element::Created(at) => Some(&self.created[*at].ident),
            Element::Plain(_) => None,
        }
    }

    /// Finds a type that is declared.
    pub(crate) fn find(&self, of: &BaseType) -> Option<Element> {
        match of.kind {
            TypeClass::Enum => self.enums.iter().position(|known| known.name == of.name).map(Element::Enum),
            _ => self.created.iter().position(|known| known.name == of.name).map(Element::Created),
        }
    }

    /// Returns whether the type is declared.
    pub(crate) fn declare(&self, name: &QualifiedName) -> bool {
        self.enums.iter().any(|known| known.name == *name) || self.created.iter().any(|known| known.name == *name)
    }

    /// Returns whether an object that another one needs, like `enum mood`, is declared.
    pub(crate) fn have(&self, need: &str) -> bool {
        let is = |name: &QualifiedName, kind| need.strip_prefix(kind).is_some_and(|rest| name.to_string() == rest);
        let kind = |of: &CreatedTypeSketch| if of.checks.is_some() { "domain " } else { "composite type " };
        self.enums.iter().any(|known| is(&known.name, "enum "))
            || self.created.iter().any(|known| is(&known.name, kind(known)))
    }
}
