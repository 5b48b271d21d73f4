//! The steps from one catalog to another, in an order that works: types first, then whatever prevents a change,
//! columns, keys, tables, foreign keys, indexes and comments. Steps that drop data come last, before those that need
//! transactions of their own.

mod altered_table;
mod cast;
mod columns;
mod constraints;
mod created_types;
mod index_text;
mod nonblocking;
mod phased_steps;
mod rename_order;
pub(crate) mod renames;
mod serial_columns;
mod settings;
mod tables;
mod types;

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Pair, SchemaDiff, TableDiff};
use crate::generate::desired_schema::DesiredSchema;
use crate::generate::diff::altered_table::AlteredTable;
use crate::generate::diff::phased_steps::{Phase, PhasedSteps};
use crate::generate::steps::frozen::FrozenModels;
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::transactions::divide;
use crate::generate::text::identifiers::quote_if_needed;

/// Returns the steps from `before`, in which tables and columns are renamed already, to the desired schema.
pub(crate) fn diff(desired: &DesiredSchema<'_>, before: &Catalog) -> Vec<Step> {
    let mut steps = PhasedSteps::default();
    create_extensions(desired, before, &mut steps);
    let frozen = if desired.in_sql { None } else { FrozenModels::of(desired, before) };
    let mut schema = SchemaDiff::of(desired.catalog, before);
    let order = desired.order(desired.catalog);
    let place = |key: &str| order.iter().position(|known| known == key).unwrap_or(usize::MAX);
    schema.tables.sort_by_cached_key(|pair| place(pair.name()));
    let rebuilt = types::diff(desired, before, &schema.enums, frozen.as_ref(), &mut steps);
    created_types::diff(desired, before, frozen.as_ref(), &mut steps);
    tables::diff(desired, before, &schema.tables, frozen.as_ref(), &mut steps);
    for pair in &schema.tables {
        let Pair::Both { name: key, expected: after, found: before } = *pair else { continue };
        let altered = AlteredTable { desired, key, name: after.name.clone(), before, after, rebuilt: &rebuilt };
        let diff = TableDiff::of(after, before);
        let replaced = columns::diff(&altered, &diff.columns, &mut steps);
        constraints::constraints(&altered, &diff.constraints, &replaced, &mut steps);
        constraints::indexes(&altered, &diff.indexes, &replaced, &mut steps);
        settings::of_table(Some(before), after, &mut steps);
        settings::comments(&after.name, &diff, !(replaced.is_empty() && rebuilt.is_empty()), &mut steps);
    }
    divide(steps.into_order(before))
}

/// Creates the extensions that are missing, and their schemas.
fn create_extensions(desired: &DesiredSchema<'_>, before: &Catalog, steps: &mut PhasedSteps) {
    let missing = || desired.extensions.iter().filter(|known| !before.extensions.contains_key(&known.name));
    let schemas: BTreeSet<&String> = missing().filter_map(|extension| extension.schema.as_ref()).collect();
    for schema in schemas.into_iter().filter(|name| *name != "public" && !name.starts_with("pg_")) {
        let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quote_if_needed(schema));
        steps.change(Phase::CreateTypes, SchemaChange::Printed(create));
    }
    for extension in missing() {
        steps.change(Phase::CreateTypes, SchemaChange::CreateExtension(extension.clone()));
    }
}
