//! The steps from one catalog to another, in an order that works: types first, then whatever prevents a change, columns, keys,
//! tables, foreign keys, indexes and comments. Steps that drop data come last, before those that need transactions of their own.

mod cast;
mod columns;
mod constraints;
mod index_text;
mod nonblocking;
mod rename_order;
pub(crate) mod renames;
mod serial_columns;
mod tables;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, ColumnState, EnumState, Pair, SchemaDiff, TableDiff, TableState, TypeClass};
use crate::generate::desired_schema::DesiredSchema;
use crate::generate::diff::rename_order::{Rename, in_order};
use crate::generate::steps::frozen::FrozenModels;
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;
use crate::generate::steps::transactions::divide;
use crate::generate::text::identifiers::quote_if_needed;
use crate::qualified_name::QualifiedName;

/// The order of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// New labels of enum types. Each is committed before it can be used.
    Labels,
    Rename,
    CreateTypes,
    DropForeignKeys,
    DropIndexes,
    DropConstraints,
    /// Generated columns are dropped before the columns that they are computed from change their type.
    DropGenerated,
    RebuildTypes,
    Columns,
    NotNulls,
    /// The indexes of primary and unique keys, outside transactions.
    KeyBuilds,
    /// Primary and unique keys, before the tables that reference them.
    Keys,
    CreateTables,
    Checks,
    ForeignKeys,
    Indexes,
    Comments,
    DropColumns,
    DropTables,
    DropTypes,
    /// Other indexes, outside transactions.
    Builds,
    /// Validations of constraints that were added before, in a transaction that holds no other lock on the table.
    Validations,
    /// Replacements of indexes by those that were built for that.
    Swaps,
}

/// The steps found so far, by phase.
#[derive(Default)]
pub(crate) struct PhasedSteps {
    phases: BTreeMap<Phase, Vec<Step>>,
    /// Renames of constraints and indexes, by name.
    renames: Vec<Rename<(QualifiedName, RenamedKind)>>,
}

/// The kind of a renamed object that is no table and no column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RenamedKind {
    Constraint,
    Index,
}

impl PhasedSteps {
    pub(crate) fn add(&mut self, phase: Phase, step: Step) {
        self.phases.entry(phase).or_default().push(step);
    }

    pub(crate) fn change(&mut self, phase: Phase, change: SchemaChange) {
        self.add(phase, Step::decided(change));
    }

    /// Renames a constraint or an index of `table`. Names are unique within a `scope`.
    pub(crate) fn rename(&mut self, scope: String, table: &QualifiedName, kind: RenamedKind, (from, to): (&str, &str)) {
        let object = (table.clone(), kind);
        self.renames.push(Rename { scope, from: from.to_owned(), to: to.to_owned(), object });
    }

    fn into_order(mut self, before: &Catalog) -> Vec<Step> {
        let tables = before.tables.values();
        let known = tables.flat_map(|table| table.constraints.keys().chain(table.indexes.keys())).cloned().collect();
        for Rename { from, to, object: (table, kind), .. } in in_order(std::mem::take(&mut self.renames), &known) {
            self.change(
                Phase::Rename,
                match kind {
                    RenamedKind::Constraint => SchemaChange::RenameConstraint { table, from, to },
                    RenamedKind::Index => SchemaChange::RenameIndex { table, from, to },
                },
            );
        }
        self.phases.into_values().flatten().collect()
    }
}

/// Returns the steps from `before`, in which tables and columns are renamed already, to the desired schema.
pub(crate) fn diff(desired: &DesiredSchema<'_>, before: &Catalog) -> Vec<Step> {
    let mut steps = PhasedSteps::default();
    create_extensions(desired, before, &mut steps);
    let frozen = FrozenModels::of(desired, before);
    let mut schema = SchemaDiff::of(desired.catalog, before);
    let order = desired.order(desired.catalog);
    let place = |key: &str| order.iter().position(|known| known == key).unwrap_or(usize::MAX);
    schema.tables.sort_by_cached_key(|pair| place(pair.name()));
    let rebuilt = types::diff(desired, before, &schema.enums, frozen.as_ref(), &mut steps);
    tables::diff(desired, before, &schema.tables, frozen.as_ref(), &mut steps);
    for pair in &schema.tables {
        let Pair::Both { name: key, expected: after, found: before } = *pair else { continue };
        let altered = AlteredTable { desired, key, name: after.name.clone(), before, after, rebuilt: &rebuilt };
        let diff = TableDiff::of(after, before);
        let replaced = columns::diff(&altered, &diff.columns, &mut steps);
        constraints::constraints(&altered, &diff.constraints, &replaced, &mut steps);
        constraints::indexes(&altered, &diff.indexes, &replaced, &mut steps);
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

/// A table that exists before and after the migration.
pub(crate) struct AlteredTable<'a> {
    pub(crate) desired: &'a DesiredSchema<'a>,
    /// The table's key in the catalogs.
    pub(crate) key: &'a str,
    pub(crate) name: QualifiedName,
    pub(crate) before: &'a TableState,
    pub(crate) after: &'a TableState,
    /// The enum types that are rebuilt.
    pub(crate) rebuilt: &'a [&'a EnumState],
}

impl AlteredTable<'_> {
    pub(crate) fn alter(&self, action: StepAction) -> SchemaChange {
        SchemaChange::Alter { table: self.name.clone(), action }
    }

    /// Returns whether the type of a column is rebuilt. Objects that compute with the column have to be dropped before.
    pub(crate) fn is_rebuilt(&self, column: &ColumnState) -> bool {
        column.base.kind == TypeClass::Enum && self.rebuilt.iter().any(|rebuilt| rebuilt.name == column.base.name)
    }
}
