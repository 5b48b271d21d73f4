//! What the statements before one have done: which tables are new, which locks are held.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::hazard::actions::Action;
use crate::sql::relation::Relation;

/// What the operations before a statement have done.
#[derive(Default)]
pub(crate) struct Past {
    /// Tables this migration made: nobody uses them yet.
    made: BTreeSet<Relation>,
    /// New names, and what the live database calls them.
    renamed: BTreeMap<Relation, Relation>,
    /// Tables whose lock this transaction holds.
    altered: BTreeSet<Relation>,
    /// Tables with a constraint that this migration validated before.
    validated: BTreeSet<Relation>,
}

impl Past {
    /// Takes note of a table that this migration makes.
    pub(crate) fn make(&mut self, table: Relation) {
        self.made.insert(table);
    }

    /// Whether this migration made `table`.
    pub(crate) fn made(&self, table: &Relation) -> bool {
        self.made.contains(table)
    }

    /// Takes note of a commit.
    pub(crate) fn commit(&mut self) {
        self.altered.clear();
    }

    /// What the live database calls `table`.
    pub(crate) fn live<'r>(&'r self, table: &'r Relation) -> &'r Relation {
        self.renamed.get(table).unwrap_or(table)
    }

    /// Whether this transaction holds a strong lock on `table` already.
    pub(crate) fn holds(&self, table: &Relation) -> bool {
        self.altered.contains(table)
    }

    /// Whether this migration validated a constraint of `table` before.
    pub(crate) fn validated(&self, table: &Relation) -> bool {
        self.validated.contains(table)
    }

    /// Takes note of what an ALTER TABLE leaves behind.
    pub(crate) fn alter(&mut self, table: &Relation, actions: &[Action<'_>]) {
        for action in actions {
            if action.begins(&["validate", "constraint"]) {
                self.validated.insert(table.clone());
            } else {
                self.altered.insert(table.clone());
            }
            if let Some(name) = action.new_table_name() {
                self.rename(table, Relation { schema: table.schema.clone(), name });
            }
        }
    }

    fn rename(&mut self, table: &Relation, new: Relation) {
        let before = self.live(table).clone();
        for known in [&mut self.made, &mut self.altered, &mut self.validated] {
            if known.remove(table) {
                known.insert(new.clone());
            }
        }
        self.renamed.insert(new, before);
    }
}
