//! Domains and composite types that models declare: new ones, and changes of their constraints and attributes. Those that no model
//! declares are the database's own.

use crate::catalog::{Catalog, CreatedTypeState};
use crate::generate::desired_schema::DesiredSchema;
use crate::generate::diff::phased_steps::{Phase, PhasedSteps};
use crate::generate::steps::frozen::FrozenModels;
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::text::identifiers::{qualified, quote_if_needed};
use crate::qualified_name::QualifiedName;
use crate::schema::type_name::short_type;
use crate::sql::ddl;

/// Adds the steps for domains and composite types. Those that only `frozen` models use are created with them.
pub(crate) fn diff(
    desired: &DesiredSchema<'_>,
    before: &Catalog,
    frozen: Option<&FrozenModels>,
    steps: &mut PhasedSteps,
) {
    // What a type is made of comes first.
    let declared = ddl::created_types(desired.main, desired.models).unwrap_or_default();
    for of in declared {
        let key = QualifiedName::within(desired.main.as_str(), Some(of.schema), of.name).to_string();
        let Some(new) = desired.catalog.created_types.get(&key) else { continue };
        match before.created_types.get(&key) {
            None if frozen.is_some_and(|frozen| frozen.create_type(desired.catalog, &new.name)) => {}
            None => steps.change(Phase::CreateTypes, SchemaChange::Printed(create(new))),
            Some(old) if old.base.is_some() != new.base.is_some() => {
                let why = format!("{} {key} becomes a {}: give one of them another name", old.kind(), new.kind());
                steps.add(Phase::RebuildTypes, Step::undecided(why, Vec::new()));
            }
            Some(old) if new.base.is_some() => domain(&key, old, new, steps),
            Some(old) => composite(&key, old, new, steps),
        }
    }
}

fn create(new: &CreatedTypeState) -> String {
    let name = qualified(&new.name);
    if let Some(base) = &new.base {
        let checks = new.parts.iter().map(|(name, check)| format!(" CONSTRAINT {} {check}", quote_if_needed(name)));
        return format!("CREATE DOMAIN {name} AS {}{}", short_type(base), checks.collect::<String>());
    }
    let attribute = |(name, ty): &(String, String)| format!("{} {}", quote_if_needed(name), short_type(ty));
    let attributes: Vec<String> = new.parts.iter().map(attribute).collect();
    format!("CREATE TYPE {name} AS ({})", attributes.join(", "))
}

/// Changes the constraints of a domain. PostgreSQL checks every column of the domain when one is added.
fn domain(key: &str, old: &CreatedTypeState, new: &CreatedTypeState, steps: &mut PhasedSteps) {
    let types = |state: &CreatedTypeState| state.base.as_deref().map(short_type).unwrap_or_default();
    if types(old) != types(new) {
        let why = format!(
            "domain {key} is over {}, and the model says {}: PostgreSQL cannot change that; declare a domain of another name, \
             and give its columns the new type",
            types(old),
            types(new)
        );
        steps.add(Phase::RebuildTypes, Step::undecided(why, Vec::new()));
        return;
    }
    let alter = |action: String| format!("ALTER DOMAIN {} {action}", qualified(&new.name));
    let drop = |name: &str| alter(format!("DROP CONSTRAINT {}", quote_if_needed(name)));
    let add = |name: &str, check: &str| alter(format!("ADD CONSTRAINT {} {check}", quote_if_needed(name)));
    let mut change = |sql: String| steps.change(Phase::CreateTypes, SchemaChange::Printed(sql));
    for (name, check) in &new.parts {
        match old.part(name) {
            None => change(add(name, check)),
            // One change: to drop a constraint and not to add the other would lose it.
            Some(before) if before != check => change(format!("{};\n{}", drop(name), add(name, check))),
            Some(_) => {}
        }
    }
    // A migration may have added it for the database alone.
    for (name, check) in old.parts.iter().filter(|(name, _)| new.part(name).is_none()) {
        let why = format!("constraint {name} of domain {key} is dropped: {check}");
        steps.add(Phase::CreateTypes, Step::undecided(why, vec![SchemaChange::Printed(drop(name))]));
    }
}

/// Adds attributes. To drop one loses its values, and PostgreSQL changes the type of none that a column has.
fn composite(key: &str, old: &CreatedTypeState, new: &CreatedTypeState, steps: &mut PhasedSteps) {
    let alter = |action: String| SchemaChange::Printed(format!("ALTER TYPE {} {action}", qualified(&new.name)));
    for (name, ty) in &new.parts {
        let name_sql = quote_if_needed(name);
        match old.part(name) {
            None => {
                steps.change(Phase::CreateTypes, alter(format!("ADD ATTRIBUTE {name_sql} {}", short_type(ty))));
            }
            Some(before) if short_type(before) != short_type(ty) => {
                let why = format!(
                    "attribute {name} of composite type {key} becomes {}: PostgreSQL refuses that while a column has the type",
                    short_type(ty)
                );
                let change = alter(format!("ALTER ATTRIBUTE {name_sql} TYPE {}", short_type(ty)));
                steps.add(Phase::RebuildTypes, Step::undecided(why, vec![change]));
            }
            Some(_) => {}
        }
    }
    for (name, _) in old.parts.iter().filter(|(name, _)| new.part(name).is_none()) {
        let why = format!("attribute {name} of composite type {key} is dropped, with its values in every row");
        let change = alter(format!("DROP ATTRIBUTE {}", quote_if_needed(name)));
        steps.add(Phase::DropTypes, Step::undecided(why, vec![change]));
    }
}
