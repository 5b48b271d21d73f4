//! Constraints as attributes, in the nearest form that an attribute has. What an attribute cannot express is listed.

use std::collections::BTreeSet;

use crate::catalog::{ConstraintKind, ConstraintState, TableState};
use crate::generate::sketch::expression::readable;
use crate::generate::sketch::model::{
    CheckSketch, EnumSketch, ForeignKeySketch, ModelSketch, ReferenceSketch, UniqueSketch,
};
use crate::generate::sketch::names::unraw;
use crate::generate::sketch::redundant_casts::without_redundant_casts;
use crate::generate::sketch::rust_types::type_of;
use crate::generate::sketch::sketcher::{Sketcher, missing};
use crate::schema::ReferentialAction;
use crate::sql::ddl::generated_name;

/// Clauses that change a constraint so much that no attribute is near.
const UNKNOWN_TO_MODELS: &[&str] = &["periods", "NOT ENFORCED"];

/// Adds the primary key, unique constraints and checks of a model. Those of all models come before any foreign key.
pub(crate) fn own(sketcher: &Sketcher<'_>, state: &TableState, enums: &[EnumSketch], model: &mut ModelSketch) {
    for (name, found) in &state.constraints {
        let object = format!("constraint {name} on {}, {}", model.key, found.definition);
        let entry = ("constraint", Some(name.as_str()));
        if let Some(clause) = found.further.iter().find(|clause| UNKNOWN_TO_MODELS.contains(&clause.as_str())) {
            model.leave_to_database(entry, object, format!("models do not support {clause}"));
            continue;
        }
        match &found.kind {
            ConstraintKind::PrimaryKey => {
                model.key_name = explicit_name(name, &model.name.name, &[], "pkey");
                leave_inexpressible(name, found, object, model);
            }
            ConstraintKind::Unique { nulls_not_distinct } => match model.all(&found.columns) {
                Some(fields) => {
                    unique(name, fields, *nulls_not_distinct, model);
                    leave_inexpressible(name, found, object, model);
                }
                None => model.leave_to_database(entry, object, "one of its columns is left out"),
            },
            ConstraintKind::Check { expression } => match check(enums, state, found, expression, model) {
                Ok(sql) => {
                    model.checks.push(CheckSketch { name: name.clone(), sql });
                    leave_inexpressible(name, found, object, model);
                }
                Err(reason) => model.leave_to_database(entry, object, reason),
            },
            ConstraintKind::Exclusion => {
                model.leave_to_database(entry, object, "models have no exclusion constraints");
            }
            ConstraintKind::ForeignKey { .. } => {}
        }
    }
    use_spelling_of_model(sketcher, model);
}

/// Uses the spelling of the live model that has the checks.
fn use_spelling_of_model(sketcher: &Sketcher<'_>, model: &mut ModelSketch) {
    let table = (sketcher.model_of)(&model.key);
    for check in &mut model.checks {
        let own = table.and_then(|table| table.checks.iter().find(|own| own.name == check.name));
        if let Some(own) = own {
            own.sql.clone_into(&mut check.sql);
        }
    }
}

/// Returns the name of a constraint, unless it is the generated one.
pub(crate) fn explicit_name(name: &str, table: &str, columns: &[&str], suffix: &str) -> Option<String> {
    (generated_name(table, columns, suffix) != name).then(|| name.to_owned())
}

fn unique(name: &str, fields: Vec<usize>, nulls_not_distinct: bool, model: &mut ModelSketch) {
    let columns: Vec<&str> = fields.iter().map(|at| model.fields[*at].column.as_str()).collect();
    let name = explicit_name(name, &model.name.name, &columns, "key");
    match fields.as_slice() {
        [field] if name.is_none() && !nulls_not_distinct => model.fields[*field].unique = true,
        _ => model.uniques.push(UniqueSketch { fields, nulls_not_distinct, name }),
    }
}

fn check(
    enums: &[EnumSketch],
    state: &TableState,
    found: &ConstraintState,
    expression: &str,
    model: &ModelSketch,
) -> Result<String, String> {
    if model.all(&found.columns).is_none() {
        return Err("one of its columns is left out".to_owned());
    }
    match missing(&found.needs, enums) {
        Some(what) => Err(format!("it needs the {what}, which no model creates")),
        None => Ok(without_redundant_casts(&readable(expression), &type_of(state))),
    }
}

/// Lists the properties of a constraint that its attribute cannot express.
fn leave_inexpressible(name: &str, found: &ConstraintState, object: String, model: &mut ModelSketch) {
    let mut words: Vec<&str> = found.further.iter().map(String::as_str).collect();
    if found.deferrable {
        words.push(if found.deferred { "DEFERRABLE INITIALLY DEFERRED" } else { "DEFERRABLE" });
    }
    if !found.valid {
        words.push("NOT VALID");
    }
    if !words.is_empty() {
        let reason = format!("declared without {}", words.join(", "));
        model.leave_to_database(("constraint", Some(name)), object, reason);
    }
}

/// Adds the foreign keys of the model at a place, once every model has its keys.
pub(crate) fn foreign(state: &TableState, at: usize, models: &mut [ModelSketch]) {
    let mut taken = BTreeSet::new();
    for (name, found) in &state.constraints {
        let ConstraintKind::ForeignKey { target, target_columns, on_delete, on_update } = &found.kind else { continue };
        let object = format!("constraint {name} on {}, {}", models[at].key, found.definition);
        let key = CatalogForeignKey { name, target, target_columns, actions: (*on_delete, *on_update) };
        let refused = if found.further.iter().any(|clause| UNKNOWN_TO_MODELS.contains(&clause.as_str())) {
            Err(format!("models do not support {}", found.further.join(", ")))
        } else {
            key.resolve(found, &models[at], models, &mut taken)
        };
        let model = &mut models[at];
        match refused {
            Ok(resolved) => {
                key.add(resolved, model);
                leave_inexpressible(name, found, object, model);
            }
            Err(reason) => {
                model.outside.push(name.clone());
                model.leave_to_database(("constraint", Some(name)), object, reason);
            }
        }
    }
}

/// A foreign key of the catalog.
struct CatalogForeignKey<'c> {
    name: &'c str,
    target: &'c str,
    target_columns: &'c [String],
    actions: (ReferentialAction, ReferentialAction),
}

/// The fields of a foreign key, the referenced model, and the fields there.
type Resolved = (Vec<usize>, usize, Vec<usize>);

impl CatalogForeignKey<'_> {
    fn resolve(
        &self,
        found: &ConstraintState,
        model: &ModelSketch,
        models: &[ModelSketch],
        taken: &mut BTreeSet<String>,
    ) -> Result<Resolved, String> {
        let fields = model.all(&found.columns).ok_or("one of its columns is left out")?;
        let place = models.iter().position(|other| other.key == self.target);
        let place = place.ok_or_else(|| format!("{} is no model here", self.target))?;
        let other = &models[place];
        let targets = other.all(self.target_columns).ok_or("a column that it references is left out")?;
        if !other.is_key(&targets) {
            return Err("it references a unique index, and a model only what is unique by a constraint".to_owned());
        }
        let differ =
            fields.iter().zip(&targets).find(|(own, target)| model.fields[**own].rust != other.fields[**target].rust);
        if let Some((own, target)) = differ {
            let (own, target) = (&model.fields[*own].column, &other.fields[*target].column);
            return Err(format!("{own} and {}.{target} have different types in Rust", self.target));
        }
        let nulls = [self.actions.0, self.actions.1].contains(&ReferentialAction::SetNull);
        if nulls && fields.iter().any(|field| !model.fields[*field].nullable) {
            return Err("it would set a NOT NULL column to NULL".to_owned());
        }
        // The derive generates a constant of this name.
        let constant: Vec<&str> = fields.iter().map(|field| unraw(&model.fields[*field].ident)).collect();
        if !taken.insert(constant.join("_")) {
            return Err("another foreign key has the same columns".to_owned());
        }
        Ok((fields, place, targets))
    }

    fn add(&self, (fields, place, targets): Resolved, model: &mut ModelSketch) {
        let columns: Vec<&str> = fields.iter().map(|at| model.fields[*at].column.as_str()).collect();
        let name = explicit_name(self.name, &model.name.name, &columns, "fkey");
        let (on_delete, on_update) = self.actions;
        match (fields.as_slice(), targets.as_slice()) {
            ([own], [field]) if name.is_none() => {
                model.fields[*own].reference =
                    Some(ReferenceSketch { model: place, field: *field, on_delete, on_update });
            }
            _ => {
                model.foreign_keys.push(ForeignKeySketch { fields, model: place, targets, on_delete, on_update, name });
            }
        }
    }
}
