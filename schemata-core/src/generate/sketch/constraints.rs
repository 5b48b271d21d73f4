//! Constraints as attributes, in the nearest form an attribute has; what they say beyond it is named.

use std::collections::BTreeSet;

use crate::catalog::{ConstraintKind, ConstraintState, TableState};
use crate::generate::sketch::expression::readable;
use crate::generate::sketch::model::{Check, Enumeration, ForeignKey, Model, Reference, Unique};
use crate::generate::sketch::names::unraw;
use crate::generate::sketch::plainer::plainer;
use crate::generate::sketch::plan::{Plan, missing};
use crate::generate::sketch::types::type_of;
use crate::schema::ReferentialAction;
use crate::sql::ddl::generated_name;

/// What no attribute comes near to.
const FOREIGN_TO_MODELS: &[&str] = &["periods", "NOT ENFORCED"];

/// The primary key, unique constraints and checks. All models' come before any foreign key.
pub(crate) fn own(plan: &Plan<'_>, state: &TableState, enums: &[Enumeration], model: &mut Model) {
    for (name, found) in &state.constraints {
        let object = format!("constraint {name} on {}, {}", model.key, found.definition);
        let entry = ("constraint", Some(name.as_str()));
        if let Some(clause) = found.further.iter().find(|clause| FOREIGN_TO_MODELS.contains(&clause.as_str())) {
            model.leave_to_database(entry, object, format!("models know no {clause}"));
            continue;
        }
        match &found.kind {
            ConstraintKind::PrimaryKey => {
                model.key_name = given(name, &model.table, &[], "pkey");
                beyond(name, found, object, model);
            }
            ConstraintKind::Unique { nulls_not_distinct } => match model.all(&found.columns) {
                Some(fields) => {
                    unique(name, fields, *nulls_not_distinct, model);
                    beyond(name, found, object, model);
                }
                None => model.leave_to_database(entry, object, "a column of it is left out"),
            },
            ConstraintKind::Check { expression } => match check(enums, state, found, expression, model) {
                Ok(sql) => {
                    model.checks.push(Check { name: name.clone(), sql });
                    beyond(name, found, object, model);
                }
                Err(reason) => model.leave_to_database(entry, object, reason),
            },
            ConstraintKind::Exclusion => {
                model.leave_to_database(entry, object, "models have no exclusion constraints");
            }
            ConstraintKind::ForeignKey { .. } => {}
        }
    }
    in_words(plan, model);
}

/// Takes over the words of the model that has the checks.
fn in_words(plan: &Plan<'_>, model: &mut Model) {
    let words = (plan.words)(&model.key);
    for check in &mut model.checks {
        let own = words.and_then(|table| table.checks.iter().find(|own| own.name == check.name));
        if let Some(own) = own {
            own.sql.clone_into(&mut check.sql);
        }
    }
}

/// The name, where it is not the one that a model's constraint gets.
pub(crate) fn given(name: &str, table: &str, columns: &[&str], suffix: &str) -> Option<String> {
    (generated_name(table, columns, suffix) != name).then(|| name.to_owned())
}

fn unique(name: &str, fields: Vec<usize>, nulls_not_distinct: bool, model: &mut Model) {
    let columns: Vec<&str> = fields.iter().map(|at| model.fields[*at].column.as_str()).collect();
    let name = given(name, &model.table, &columns, "key");
    match fields.as_slice() {
        [field] if name.is_none() && !nulls_not_distinct => model.fields[*field].unique = true,
        _ => model.uniques.push(Unique { fields, nulls_not_distinct, name }),
    }
}

fn check(
    enums: &[Enumeration],
    state: &TableState,
    found: &ConstraintState,
    expression: &str,
    model: &Model,
) -> Result<String, String> {
    if model.all(&found.columns).is_none() {
        return Err("a column of it is left out".to_owned());
    }
    match missing(&found.needs, enums) {
        Some(what) => Err(format!("it needs the {what}, which no model creates")),
        None => Ok(plainer(&readable(expression), &type_of(state))),
    }
}

/// What the constraint says beyond its attribute.
fn beyond(name: &str, found: &ConstraintState, object: String, model: &mut Model) {
    let mut words: Vec<&str> = found.further.iter().map(String::as_str).collect();
    if found.deferrable {
        words.push(if found.deferred { "DEFERRABLE INITIALLY DEFERRED" } else { "DEFERRABLE" });
    }
    if !found.valid {
        words.push("NOT VALID");
    }
    if !words.is_empty() {
        let reason = format!("said without {}", words.join(", "));
        model.leave_to_database(("constraint", Some(name)), object, reason);
    }
}

/// The foreign keys of the model at a place, once every model has its keys.
pub(crate) fn foreign(state: &TableState, at: usize, models: &mut [Model]) {
    let mut taken = BTreeSet::new();
    for (name, found) in &state.constraints {
        let ConstraintKind::ForeignKey { target, target_columns, on_delete, on_update } = &found.kind else { continue };
        let object = format!("constraint {name} on {}, {}", models[at].key, found.definition);
        let key = Key { name, target, target_columns, actions: (*on_delete, *on_update) };
        let refused = if found.further.iter().any(|clause| FOREIGN_TO_MODELS.contains(&clause.as_str())) {
            Err(format!("models know no {}", found.further.join(", ")))
        } else {
            key.resolve(found, &models[at], models, &mut taken)
        };
        let model = &mut models[at];
        match refused {
            Ok(resolved) => {
                key.add(resolved, model);
                beyond(name, found, object, model);
            }
            Err(reason) => {
                model.outside.push(name.clone());
                model.leave_to_database(("constraint", Some(name)), object, reason);
            }
        }
    }
}

/// A foreign key, as the catalog has it.
struct Key<'c> {
    name: &'c str,
    target: &'c str,
    target_columns: &'c [String],
    actions: (ReferentialAction, ReferentialAction),
}

/// Its fields, the model it references, and the fields there.
type Resolved = (Vec<usize>, usize, Vec<usize>);

impl Key<'_> {
    fn resolve(
        &self,
        found: &ConstraintState,
        model: &Model,
        models: &[Model],
        taken: &mut BTreeSet<String>,
    ) -> Result<Resolved, String> {
        let fields = model.all(&found.columns).ok_or("a column of it is left out")?;
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
        // The constant that stands for it.
        let constant: Vec<&str> = fields.iter().map(|field| unraw(&model.fields[*field].ident)).collect();
        if !taken.insert(constant.join("_")) {
            return Err("another foreign key has the same columns".to_owned());
        }
        Ok((fields, place, targets))
    }

    fn add(&self, (fields, place, targets): Resolved, model: &mut Model) {
        let columns: Vec<&str> = fields.iter().map(|at| model.fields[*at].column.as_str()).collect();
        let name = given(self.name, &model.table, &columns, "fkey");
        let (on_delete, on_update) = self.actions;
        match (fields.as_slice(), targets.as_slice()) {
            ([own], [field]) if name.is_none() => {
                model.fields[*own].reference = Some(Reference { model: place, field: *field, on_delete, on_update });
            }
            _ => model.foreign_keys.push(ForeignKey { fields, model: place, targets, on_delete, on_update, name }),
        }
    }
}
