//! From a catalog to models: which tables can be models, and what they are called.

use std::collections::BTreeSet;

use crate::catalog::{ColumnState, EnumState, RowSecurity, TableState, TypeClass};
use crate::generate::sketch::model::{Enumeration, LeftOut, Model, Sketch, Variant};
use crate::generate::sketch::plan::Plan;
use crate::generate::sketch::{constraints, fields, indexes, names, types};

/// The most columns that a model's primary key has.
const MOST_KEY_COLUMNS: usize = 6;

impl Plan<'_> {
    /// The models.
    pub(crate) fn sketch(&self) -> Sketch {
        let mut taken = names::reserved();
        let mut sketch = Sketch::default();
        let mut states = Vec::new();
        for (key, state) in self.tables.iter().filter_map(|key| self.catalog.tables.get_key_value(key)) {
            if let Some(reason) = self.refusal(state) {
                sketch.skipped.push(LeftOut { object: format!("table {key}"), reason });
                continue;
            }
            let ident = names::model(state.schema.as_deref(), &state.name, &mut taken);
            let (schema, table, comment) = (state.schema.clone(), state.name.clone(), state.comment.clone());
            states.push((state, Model { key: key.clone(), schema, table, ident, comment, ..Model::default() }));
        }
        for (key, state) in self.catalog.enums.iter().filter(|(_, state)| is_sayable(state)) {
            let users = states.iter().filter(|(table, _)| self.uses(table, state));
            let homes: Vec<&str> = users.map(|(table, _)| table.schema.as_deref().unwrap_or(self.main)).collect();
            if !homes.is_empty() {
                sketch.enums.push(self.enumeration(key, state, &homes, &mut taken));
            }
        }
        for (state, model) in &mut states {
            fields::fields(self, state, model, &sketch.enums);
            of_the_whole(state, model);
            constraints::own(self, state, &sketch.enums, model);
        }
        let (states, mut models): (Vec<&TableState>, Vec<Model>) = states.into_iter().unzip();
        for (at, state) in states.into_iter().enumerate() {
            constraints::foreign(state, at, &mut models);
            indexes::indexes(self, state, &sketch.enums, &mut models[at]);
            distinct_names(&mut models[at]);
        }
        Sketch { models, ..sketch }
    }

    /// Why a table cannot be a model.
    fn refusal(&self, state: &TableState) -> Option<String> {
        let Some(key) = state.primary_key() else {
            return Some("it has no primary key, and a model is known by one".to_owned());
        };
        if key.columns.len() > MOST_KEY_COLUMNS {
            return Some(format!("its primary key has more than {MOST_KEY_COLUMNS} columns"));
        }
        for name in &key.columns {
            let column = state.columns.get(name)?;
            if !self.has_rust_type(column) {
                return Some(format!("no Rust type stands for {}, the type of its key {name}", column.sql_type));
            }
            if column.generated.is_some() {
                return Some(format!("its key {name} is a generated column"));
            }
        }
        None
    }

    fn has_rust_type(&self, column: &ColumnState) -> bool {
        let becomes_enum = |schema: &str, name: &str, state: &EnumState| {
            state.name == name && self.home(state) == schema && is_sayable(state)
        };
        // Any place will do: only whether there is a type is asked.
        let place = |schema: &str, name: &str| {
            self.catalog.enums.values().any(|state| becomes_enum(schema, name, state)).then_some(0)
        };
        types::column(column, place).is_some()
    }

    /// The schema an enum type is in.
    fn home<'s>(&'s self, state: &'s EnumState) -> &'s str {
        state.schema.as_deref().unwrap_or(self.main)
    }

    fn uses(&self, table: &TableState, of: &EnumState) -> bool {
        let schema = self.home(of);
        table.columns.values().any(|column| {
            let base = &column.base;
            base.kind == TypeClass::Enum && base.schema == schema && base.name == of.name
        })
    }

    /// `homes` are the schemas of the tables that use it.
    fn enumeration(&self, key: &str, state: &EnumState, homes: &[&str], taken: &mut BTreeSet<String>) -> Enumeration {
        let home = self.home(state).to_owned();
        let elsewhere = homes.iter().any(|other| *other != home);
        let mut variants = BTreeSet::new();
        let variant = |label: &String| {
            let (ident, is_named) = names::variant(label, &mut variants);
            Variant { ident, label: label.clone(), is_named }
        };
        Enumeration {
            key: key.to_owned(),
            ident: names::enumeration(&state.name, taken),
            schema: (elsewhere || state.schema.is_some()).then(|| home.clone()),
            home,
            name: state.name.clone(),
            variants: state.labels.iter().map(variant).collect(),
        }
    }
}

/// Whether a Rust enum can stand for the type: it has variants, and each a label that is something.
fn is_sayable(state: &EnumState) -> bool {
    !(state.labels.is_empty() || state.labels.iter().any(String::is_empty))
}

/// What a table is that models do not say.
fn of_the_whole(state: &TableState, model: &mut Model) {
    let table = format!("table {}", model.key);
    if state.unlogged {
        model.leave_to_database(("unlogged", None), table.clone(), "it is unlogged");
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

/// A struct names nothing twice, where PostgreSQL may call a check and an index the same.
fn distinct_names(model: &mut Model) {
    let mut taken: BTreeSet<String> = model.key_name.iter().cloned().collect();
    let mut twice: Vec<(&'static str, String)> = Vec::new();
    let mut is_new = |kind, name: Option<&String>| {
        let new = name.is_none_or(|name| taken.insert(name.clone()));
        twice.extend(name.filter(|_| !new).map(|name| (kind, name.clone())));
        new
    };
    model.uniques.retain(|unique| is_new("constraint", unique.name.as_ref()));
    model.indexes.retain(|index| is_new("index", index.name.as_ref()));
    model.checks.retain(|check| is_new("constraint", Some(&check.name)));
    model.foreign_keys.retain(|key| is_new("constraint", key.name.as_ref()));
    for (kind, name) in twice {
        let object = format!("{kind} {name} on {}", model.key);
        model.leave_to_database((kind, Some(&name)), object, "something else of this table has the same name");
    }
}
