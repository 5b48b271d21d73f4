//! The steps from one catalog to another, in an order that works: types first, then what has to go before something can
//! change, columns, keys, tables, foreign keys, indexes, comments; what drops data comes last, before what needs
//! transactions of its own.

mod busy;
mod cast;
mod columns;
mod constraints;
mod order;
pub(crate) mod renames;
mod serial;
mod tables;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, ColumnState, EnumState, TableState, TypeClass};
use crate::generate::diff::order::{Rename, in_order};
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::steps::frozen::Frozen;
use crate::generate::steps::step::Step;
use crate::generate::steps::transactions::divide;
use crate::generate::target::{TableName, Target};
use crate::generate::text::words::plain;

/// When a step has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Each of them is committed before it can be used.
    Labels,
    Rename,
    CreateTypes,
    DropForeignKeys,
    DropIndexes,
    DropConstraints,
    /// Generated columns, before what they are computed from changes its type.
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
    /// Of what was added before, in a transaction that holds no lock of it.
    Validations,
    /// Of an index by the one that was built for it.
    Swaps,
}

/// The steps found so far.
#[derive(Default)]
pub(crate) struct Steps {
    phases: BTreeMap<Phase, Vec<Step>>,
    /// Renames of constraints and indexes, by name.
    renames: Vec<Rename<(TableName, Kind)>>,
}

/// The kind of a renamed object, beside tables and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Constraint,
    Index,
}

impl Steps {
    pub(crate) fn add(&mut self, phase: Phase, step: Step) {
        self.phases.entry(phase).or_default().push(step);
    }

    pub(crate) fn change(&mut self, phase: Phase, change: Change) {
        self.add(phase, Step::plain(change));
    }

    /// Renames a constraint or an index of `table`; within a `scope`, names are unique.
    pub(crate) fn rename(&mut self, scope: String, table: &TableName, kind: Kind, (from, to): (&str, &str)) {
        let what = (table.clone(), kind);
        self.renames.push(Rename { scope, from: from.to_owned(), to: to.to_owned(), what });
    }

    fn into_order(mut self, before: &Catalog) -> Vec<Step> {
        let tables = before.tables.values();
        let known = tables.flat_map(|table| table.constraints.keys().chain(table.indexes.keys())).cloned().collect();
        for Rename { from, to, what: (table, kind), .. } in in_order(std::mem::take(&mut self.renames), &known) {
            self.change(
                Phase::Rename,
                match kind {
                    Kind::Constraint => Change::RenameConstraint { table, from, to },
                    Kind::Index => Change::RenameIndex { table, from, to },
                },
            );
        }
        self.phases.into_values().flatten().collect()
    }
}

/// The steps from `before`, with its renames made, to the target.
pub(crate) fn diff(target: &Target<'_>, before: &Catalog) -> Vec<Step> {
    let mut steps = Steps::default();
    let missing = || target.extensions.iter().filter(|known| !before.extensions.contains_key(&known.name));
    let homes: BTreeSet<&String> = missing().filter_map(|extension| extension.schema.as_ref()).collect();
    for schema in homes.into_iter().filter(|name| *name != "public" && !name.starts_with("pg_")) {
        steps.change(Phase::CreateTypes, Change::Printed(format!("CREATE SCHEMA IF NOT EXISTS {}", plain(schema))));
    }
    for extension in missing() {
        steps.change(Phase::CreateTypes, Change::CreateExtension(extension.clone()));
    }
    let frozen = Frozen::of(target, before);
    let rebuilt = types::diff(target, before, frozen.as_ref(), &mut steps);
    tables::diff(target, before, frozen.as_ref(), &mut steps);
    for key in target.order(target.catalog) {
        if let (Some(old), Some(new)) = (before.tables.get(&key), target.catalog.tables.get(&key)) {
            let at = At { target, key: &key, name: new.into(), before: old, after: new, rebuilt: &rebuilt };
            let replaced = columns::diff(&at, &mut steps);
            constraints::diff(&at, &replaced, &mut steps);
        }
    }
    divide(steps.into_order(before))
}

/// One table, before and after.
pub(crate) struct At<'a> {
    pub(crate) target: &'a Target<'a>,
    /// What the catalogs call it.
    pub(crate) key: &'a str,
    pub(crate) name: TableName,
    pub(crate) before: &'a TableState,
    pub(crate) after: &'a TableState,
    /// The enum types that are built anew.
    pub(crate) rebuilt: &'a [&'a EnumState],
}

impl At<'_> {
    pub(crate) fn alter(&self, action: Action) -> Change {
        Change::Alter { table: self.name.clone(), action }
    }

    /// Whether a column's type is built anew: what computes or compares with it has to go before that.
    pub(crate) fn is_rebuilt(&self, column: &ColumnState) -> bool {
        let (base, main) = (&column.base, self.target.main.as_str());
        let is_it = |of: &&EnumState| of.name == base.name && of.schema.as_deref().unwrap_or(main) == base.schema;
        base.kind == TypeClass::Enum && self.rebuilt.iter().any(is_it)
    }
}
