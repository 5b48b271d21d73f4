//! From a catalog to models: which tables can be models, and their names.

use std::collections::BTreeSet;

use crate::catalog::{BaseType, ColumnState, CreatedTypeState, EnumState, RowSecurity, TableState, TypeClass};
use crate::generate::sketch::model::{EnumSketch, LeftOut, ModelSketch, Sketch, VariantSketch};
use crate::generate::sketch::rust_types::Element;
use crate::generate::sketch::sketcher::Sketcher;
use crate::generate::sketch::{constraints, created_types, fields, indexes, names, rust_types};
use crate::qualified_name::QualifiedName;

/// The greatest number of columns in a model's primary key.
const MOST_KEY_COLUMNS: usize = 6;

impl Sketcher<'_> {
    /// Returns the models and their enums.
    pub(crate) fn sketch(&self) -> Sketch {
        let mut taken = names::reserved();
        let mut sketch = Sketch::default();
        let mut states = Vec::new();
        let creatable = created_types::creatable(self);
        for (key, state) in self.tables.iter().filter_map(|key| self.catalog.tables.get_key_value(key)) {
            if let Some(reason) = self.refusal(state, &creatable) {
                sketch.skipped.push(LeftOut { object: format!("table {key}"), reason });
                continue;
            }
            let ident = names::model(state.name.schema.as_deref(), &state.name.name, &mut taken);
            let (name, comment) = (state.name.clone(), state.comment.clone());
            states.push((state, ModelSketch { key: key.clone(), name, ident, comment, ..ModelSketch::default() }));
        }
        let tables: Vec<&TableState> = states.iter().map(|(table, _)| *table).collect();
        let created = created_types::used(creatable, &tables);
        for state in self.catalog.enums.values().filter(|state| has_variants(state)) {
            let schemas = created_types::schemas_of_users(&state.name, &tables, &created);
            if !schemas.is_empty() {
                sketch.types.enums.push(self.enumeration(state, &schemas, &mut taken));
            }
        }
        for state in &created {
            let schemas = created_types::schemas_of_users(&state.name, &tables, &created);
            let schema = self.named_schema(&state.name, &schemas);
            let new = created_types::sketch(state, schema, &sketch.types, &mut taken);
            sketch.types.created.extend(new);
        }
        for (state, model) in &mut states {
            fields::fields(self, state, model, &sketch.types);
            leave_table_properties(state, model);
            constraints::own(self, state, &sketch.types, model);
        }
        let (states, mut models): (Vec<&TableState>, Vec<ModelSketch>) = states.into_iter().unzip();
        for (at, state) in states.into_iter().enumerate() {
            constraints::foreign(state, at, &mut models);
            indexes::indexes(self, state, &sketch.types, &mut models[at]);
            remove_repeated_names(&mut models[at]);
        }
        Sketch { models, ..sketch }
    }

    /// Returns why a table cannot be a model; `None` if it can.
    fn refusal(&self, state: &TableState, creatable: &[&CreatedTypeState]) -> Option<String> {
        let Some(key) = state.primary_key() else {
            let is_readable = state.columns.values().any(|column| self.has_rust_type(column, creatable));
            return match (self.keyless, is_readable) {
                (true, true) => None,
                (true, false) => Some("the library has no Rust type for any of its columns".to_owned()),
                (false, _) => {
                    Some("it has no primary key; `--keyless` writes a model that reads and inserts".to_owned())
                }
            };
        };
        if key.columns.len() > MOST_KEY_COLUMNS {
            return Some(format!("its primary key has more than {MOST_KEY_COLUMNS} columns"));
        }
        for name in &key.columns {
            let column = state.columns.get(name)?;
            if !self.has_rust_type(column, creatable) {
                return Some(format!(
                    "the library has no Rust type for {}, the type of its key column {name}",
                    column.sql_type
                ));
            }
            if column.generated.is_some() {
                return Some(format!("its key {name} is a generated column"));
            }
        }
        None
    }

    /// Returns whether a key can be of the column's type. Not all composite types have an order.
    fn has_rust_type(&self, column: &ColumnState, creatable: &[&CreatedTypeState]) -> bool {
        let declared = |of: &BaseType| match of.kind {
            TypeClass::Domain => creatable.iter().position(|state| state.name == of.name).map(Element::Created),
            _ => self.declared_enum(of),
        };
        rust_types::column(column, declared).is_some()
    }

    /// Returns the enum for a type if there can be one; its place does not matter here.
    pub(super) fn declared_enum(&self, of: &BaseType) -> Option<Element> {
        let mut enums = self.catalog.enums.values();
        enums
            .any(|state| of.kind == TypeClass::Enum && state.name == of.name && has_variants(state))
            .then_some(Element::Enum(0))
    }

    /// Returns the schema that a type has to name: its own, or the main one if it is used in another.
    fn named_schema(&self, name: &QualifiedName, users: &[Option<&str>]) -> Option<String> {
        let own = name.schema.as_deref();
        let is_used_elsewhere = users.iter().any(|schema| *schema != own);
        (is_used_elsewhere || own.is_some()).then(|| own.unwrap_or(self.main).to_owned())
    }

    /// Returns the Rust enum for a type that is used by tables in `schemas`.
    fn enumeration(&self, state: &EnumState, schemas: &[Option<&str>], taken: &mut BTreeSet<String>) -> EnumSketch {
        let mut variants = BTreeSet::new();
        let variant = |label: &String| {
            let (ident, is_named) = names::variant(label, &mut variants);
            VariantSketch { ident, label: label.clone(), is_named }
        };
        EnumSketch {
            name: state.name.clone(),
            ident: names::enumeration(&state.name.name, taken),
            schema: self.named_schema(&state.name, schemas),
            variants: state.labels.iter().map(variant).collect(),
        }
    }
}

/// Returns whether a Rust enum can stand for the type: it has labels, and none is empty.
fn has_variants(state: &EnumState) -> bool {
    !(state.labels.is_empty() || state.labels.iter().any(String::is_empty))
}

/// Leaves out the properties of a table that models cannot express.
fn leave_table_properties(state: &TableState, model: &mut ModelSketch) {
    let table = format!("table {}", model.key);
    model.unlogged = state.unlogged;
    match indexes::options(&state.options, &["toast."]) {
        Ok(with) => model.with = with,
        Err(reason) => model.leave_to_database(("storage_parameters", None), table.clone(), reason),
    }
    if let Some(by) = &state.partitioned {
        model.leave_to_database(("partitioning", None), table.clone(), format!("it is partitioned by {by}"));
    }
    for parent in &state.inherits {
        model.leave_to_database(("inheritance", None), table.clone(), format!("it inherits from {parent}"));
    }
    if state.row_security != RowSecurity::Off {
        model.leave_to_database(("row_security", None), table.clone(), "its row security is on");
    }
    for policy in state.policies.keys() {
        let object = format!("policy {policy} on {}", model.key);
        model.leave_to_database(("policy", Some(policy)), object, "models have no policies");
    }
}

/// Leaves out objects whose name another object of the model has. In PostgreSQL, a check and an index may share a name.
fn remove_repeated_names(model: &mut ModelSketch) {
    let mut taken: BTreeSet<String> = model.key_name.iter().cloned().collect();
    let mut repeated: Vec<(&'static str, String)> = Vec::new();
    let mut is_new = |kind, name: Option<&String>| {
        let new = name.is_none_or(|name| taken.insert(name.clone()));
        repeated.extend(name.filter(|_| !new).map(|name| (kind, name.clone())));
        new
    };
    model.uniques.retain(|unique| is_new("constraint", unique.name.as_ref()));
    model.indexes.retain(|index| is_new("index", index.name.as_ref()));
    model.checks.retain(|check| is_new("constraint", Some(&check.name)));
    model.excludes.retain(|exclude| is_new("constraint", exclude.index.name.as_ref()));
    model.foreign_keys.retain(|key| is_new("constraint", key.name.as_ref()));
    for (kind, name) in repeated {
        let object = format!("{kind} {name} on {}", model.key);
        model.leave_to_database((kind, Some(&name)), object, "another object of the table has the same name");
    }
}
