//! Collects steps by phase, in which order they run.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::generate::diff::rename_order::{Rename, in_order};
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
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
    /// Columns that were in a primary key may be NULL.
    AfterKeys,
    CreateTables,
    Checks,
    ForeignKeys,
    Indexes,
    /// Storage parameters, settings of columns.
    Settings,
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
    /// The names of NOT NULL constraints that were set before.
    LateSettings,
    /// Comments on constraints and indexes, once these exist.
    LateComments,
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

    /// Returns all steps in the order of their phases, renames in an order that meets no taken name.
    pub(crate) fn into_order(mut self, before: &Catalog) -> Vec<Step> {
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
