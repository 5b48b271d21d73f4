//! Constraints as attributes, in the nearest form that an attribute has. What an attribute cannot express is listed.

use std::collections::BTreeSet;

use crate::catalog::{ConstraintKind, ConstraintState, IndexState, TableState};
use crate::generate::sketch::expression::readable;
use crate::generate::sketch::indexes;
use crate::generate::sketch::model::{
    CheckSketch, ExcludeSketch, ForeignKeySketch, KeySketch, ModelSketch, ReferenceSketch, TypeSketches, UniqueSketch,
};
use crate::generate::sketch::names::{explicit_name, unraw};
use crate::generate::sketch::redundant_casts::without_redundant_casts;
use crate::generate::sketch::rust_types::{RustType, type_of};
use crate::generate::sketch::sketcher::{Sketcher, missing};
use crate::schema::{Deferral, ReferentialAction, Validity};

/// Adds the primary key, unique constraints and checks of a model. Those of all models come before any foreign key.
pub(crate) fn own(sketcher: &Sketcher<'_>, state: &TableState, types: &TypeSketches, model: &mut ModelSketch) {
    for (name, found) in &state.constraints {
        let object = format!("constraint {name} on {}, {}", model.key, found.definition);
        let entry = ("constraint", Some(name.as_str()));
        let reason = match &found.kind {
            ConstraintKind::PrimaryKey => {
                model.key_name = explicit_name(name, &model.name.name, &[], "pkey");
                key(found, model).map(|key| model.key_clauses = key)
            }
            ConstraintKind::Unique { nulls_not_distinct } => unique(name, found, *nulls_not_distinct, model),
            ConstraintKind::Check { expression } => check(types, state, found, expression, model).map(|sql| {
                let (no_inherit, validity, comment) = (found.no_inherit, found.validity(), found.comment.clone());
                model.checks.push(CheckSketch { name: name.clone(), sql, no_inherit, validity, comment });
            }),
            ConstraintKind::Exclusion { index, operators } => {
                exclusion(types, name, (found, index, operators), state, model)
            }
            ConstraintKind::ForeignKey { .. } => Ok(()),
        };
        if let Err(reason) = reason {
            model.leave_to_database(entry, object, reason);
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

const LEFT_OUT: &str = "one of its columns is left out";

/// Returns the clauses of a key.
fn key(found: &ConstraintState, model: &ModelSketch) -> Result<KeySketch, String> {
    Ok(KeySketch {
        deferral: found.deferral(),
        include: model.all(&found.include).ok_or(LEFT_OUT)?,
        without_overlaps: found.period,
        comment: found.comment.clone(),
    })
}

fn unique(
    name: &str,
    found: &ConstraintState,
    nulls_not_distinct: bool,
    model: &mut ModelSketch,
) -> Result<(), String> {
    let fields = model.all(&found.columns).ok_or(LEFT_OUT)?;
    let key = key(found, model)?;
    let columns: Vec<&str> = fields.iter().map(|at| model.fields[*at].column.as_str()).collect();
    let name = explicit_name(name, &model.name.name, &columns, "key");
    let is_plain = !nulls_not_distinct
        && key.deferral == Deferral::Never
        && key.include.is_empty()
        && key.comment.is_none()
        && !key.without_overlaps;
    match fields.as_slice() {
        [field] if name.is_none() && is_plain => model.fields[*field].unique = true,
        _ => model.uniques.push(UniqueSketch { fields, nulls_not_distinct, name, key }),
    }
    Ok(())
}

fn exclusion(
    types: &TypeSketches,
    name: &str,
    (found, index, operators): (&ConstraintState, &IndexState, &[String]),
    state: &TableState,
    model: &mut ModelSketch,
) -> Result<(), String> {
    if !found.is_expressible() {
        return Err("an attribute takes no operator, operator class or collation with its schema".to_owned());
    }
    let mut index = indexes::of_exclusion(types, name, index, state, model)?;
    index.comment.clone_from(&found.comment);
    model.excludes.push(ExcludeSketch { index, operators: operators.to_vec(), deferral: found.deferral() });
    Ok(())
}

fn check(
    types: &TypeSketches,
    state: &TableState,
    found: &ConstraintState,
    expression: &str,
    model: &ModelSketch,
) -> Result<String, String> {
    if model.all(&found.columns).is_none() {
        return Err(LEFT_OUT.to_owned());
    }
    match missing(&found.needs, types) {
        Some(what) => Err(format!("it needs the {what}, which no model creates")),
        None => Ok(without_redundant_casts(&readable(expression), &type_of(state))),
    }
}

/// Adds the foreign keys of the model at a place, once every model has its keys.
pub(crate) fn foreign(state: &TableState, at: usize, models: &mut [ModelSketch]) {
    let mut taken = BTreeSet::new();
    for (name, found) in &state.constraints {
        let ConstraintKind::ForeignKey { target, target_columns, on_delete, on_update, set_columns, .. } = &found.kind
        else {
            continue;
        };
        let object = format!("constraint {name} on {}, {}", models[at].key, found.definition);
        let actions = (*on_delete, *on_update);
        let key = CatalogForeignKey { name, found, target, target_columns, set_columns, actions };
        let refused = key.resolve(&models[at], models, &mut taken);
        let model = &mut models[at];
        match refused {
            Ok(resolved) => {
                key.add(resolved, model);
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
    found: &'c ConstraintState,
    target: &'c str,
    target_columns: &'c [String],
    set_columns: &'c [String],
    actions: (ReferentialAction, ReferentialAction),
}

/// The fields of a foreign key, the referenced model, and the fields there.
type Resolved = (Vec<usize>, usize, Vec<usize>);

impl CatalogForeignKey<'_> {
    fn resolve(
        &self,
        model: &ModelSketch,
        models: &[ModelSketch],
        taken: &mut BTreeSet<String>,
    ) -> Result<Resolved, String> {
        let fields = model.all(&self.found.columns).ok_or(LEFT_OUT)?;
        let place = models.iter().position(|other| other.key == self.target);
        let place = place.ok_or_else(|| format!("{} is no model here", self.target))?;
        let other = &models[place];
        let targets = other.all(self.target_columns).ok_or("a column that it references is left out")?;
        if !other.is_key(&targets) {
            return Err("it references a unique index, and a model only what is unique by a constraint".to_owned());
        }
        let joins = |own: &RustType, target: &RustType| own == target || own.is_integer() && target.is_integer();
        let differ = fields
            .iter()
            .zip(&targets)
            .find(|(own, target)| !joins(&model.fields[**own].rust, &other.fields[**target].rust));
        if let Some((own, target)) = differ {
            let (own, target) = (&model.fields[*own].column, &other.fields[*target].column);
            return Err(format!("{own} and {}.{target} have different types in Rust", self.target));
        }
        let is_set = |field: &usize| {
            let column = &model.fields[*field].column;
            self.actions.1 == ReferentialAction::SetNull
                || self.actions.0 == ReferentialAction::SetNull
                    && (self.set_columns.is_empty() || self.set_columns.contains(column))
        };
        if fields.iter().any(|field| is_set(field) && !model.fields[*field].nullable) {
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
        let (found, deferral, validity) = (self.found, self.found.deferral(), self.found.validity());
        let match_full = matches!(found.kind, ConstraintKind::ForeignKey { match_full: true, .. });
        let set_columns = model.all(self.set_columns).unwrap_or_default();
        let is_plain = !match_full
            && set_columns.is_empty()
            && validity == Validity::Valid
            && !found.period
            && found.comment.is_none();
        match (fields.as_slice(), targets.as_slice()) {
            ([own], [field]) if name.is_none() && is_plain => {
                model.fields[*own].reference =
                    Some(ReferenceSketch { model: place, field: *field, on_delete, on_update, deferral });
            }
            _ => {
                let (period, comment) = (found.period, found.comment.clone());
                model.foreign_keys.push(ForeignKeySketch {
                    fields,
                    model: place,
                    targets,
                    on_delete,
                    on_update,
                    name,
                    deferral,
                    match_full,
                    set_columns,
                    validity,
                    period,
                    comment,
                });
            }
        }
    }
}
