//! Keeps track of what earlier statements did: which tables are new, which locks the transaction holds, which
//! constraints are validated.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::hazard::clause::Clause;
use crate::qualified_name::QualifiedName;

/// The effects of the statements before the current one, those of earlier migrations included.
#[derive(Default)]
pub(crate) struct EarlierStatements {
    /// Tables that these migrations created: nobody uses them yet.
    created: BTreeSet<QualifiedName>,
    /// Tables by their new names, with their names in the live database.
    renamed: BTreeMap<QualifiedName, QualifiedName>,
    /// Tables on which this transaction holds a lock that blocks others.
    locked: BTreeSet<QualifiedName>,
    /// Columns with a CHECK that they are never NULL, by the table and name of the constraint.
    never_null: BTreeMap<(QualifiedName, String), String>,
    /// Validated constraints, by table and name.
    validated: BTreeSet<(QualifiedName, String)>,
}

/// What is known about NULLs in a column that becomes NOT NULL.
pub(crate) enum NullKnowledge {
    /// A validated constraint proves that there are none.
    NoNulls,
    /// One of these constraints may prove it: migrations validate them, but something else created them.
    Unless(Vec<String>),
}

impl EarlierStatements {
    /// Records a table that this migration creates.
    pub(crate) fn create(&mut self, table: QualifiedName) {
        self.created.insert(table);
    }

    /// Returns whether `table` was created by these migrations.
    pub(crate) fn is_new(&self, table: &QualifiedName) -> bool {
        self.created.contains(table)
    }

    /// Records a commit, which frees the locks. New tables stay new: programs that know them are deployed later.
    pub(crate) fn commit(&mut self) {
        self.locked.clear();
    }

    /// Returns the name of `table` in the live database.
    pub(crate) fn live_name<'r>(&'r self, table: &'r QualifiedName) -> &'r QualifiedName {
        self.renamed.get(table).unwrap_or(table)
    }

    /// Returns a table that this transaction has already locked; `table` itself if it is among them.
    pub(crate) fn locked(&self, table: &QualifiedName) -> Option<&QualifiedName> {
        self.locked.get(table).or_else(|| self.locked.first())
    }

    /// Returns whether a constraint of `table` was validated: it may prove that the rows are within a partition's bounds.
    pub(crate) fn has_validated_constraint(&self, table: &QualifiedName) -> bool {
        self.validated.iter().any(|(of, _)| of == table)
    }

    /// Records a lock that blocks others from `table` until the transaction ends. Locks on new tables block nobody.
    pub(crate) fn lock(&mut self, table: QualifiedName) {
        if !self.is_new(&table) {
            self.locked.insert(table);
        }
    }

    /// Returns what is known about NULLs in `column` of `table` during a statement with `actions`: PostgreSQL drops
    /// constraints before it executes the other actions.
    pub(crate) fn nulls(&self, table: &QualifiedName, column: &str, actions: &[Clause<'_>]) -> NullKnowledge {
        let dropped = |name: &str| actions.iter().any(|action| dropped(action).as_deref() == Some(name));
        let of_table = self.validated.iter().filter(|(of, name)| of == table && !dropped(name));
        let mut others = Vec::new();
        for key in of_table {
            match self.never_null.get(key) {
                Some(known) if known == column => return NullKnowledge::NoNulls,
                Some(_) => {}
                None => others.push(key.1.clone()),
            }
        }
        NullKnowledge::Unless(others)
    }

    /// Records the effects of an ALTER TABLE.
    pub(crate) fn alter(&mut self, table: &QualifiedName, actions: &[Clause<'_>]) {
        for action in actions {
            if action.begins(&["validate", "constraint"]) {
                self.validated.extend(action.name(2).map(|name| (table.clone(), name)));
            } else {
                self.lock(table.clone());
            }
            if let Some((name, column)) = never_null(action) {
                let key = (table.clone(), name);
                if !action.has(&["not", "valid"]) {
                    self.validated.insert(key.clone());
                }
                self.never_null.insert(key, column);
            }
            if let Some(name) = dropped(action) {
                let key = (table.clone(), name);
                self.validated.remove(&key);
                self.never_null.remove(&key);
            }
            if let Some(name) = action.new_table_name() {
                self.rename(table, QualifiedName { schema: table.schema.clone(), name });
            }
        }
    }

    fn rename(&mut self, table: &QualifiedName, new: QualifiedName) {
        let before = self.live_name(table).clone();
        for known in [&mut self.created, &mut self.locked] {
            if known.remove(table) {
                known.insert(new.clone());
            }
        }
        let moved = |(of, name): (QualifiedName, String)| (if of == *table { new.clone() } else { of }, name);
        self.validated = std::mem::take(&mut self.validated).into_iter().map(moved).collect();
        let checks = std::mem::take(&mut self.never_null).into_iter();
        self.never_null = checks.map(|(key, column)| (moved(key), column)).collect();
        self.renamed.insert(new, before);
    }
}

/// Returns the name and the column of `ADD CONSTRAINT name CHECK (column IS NOT NULL)` or, in PostgreSQL 18, of
/// `ADD CONSTRAINT name NOT NULL column`.
fn never_null(action: &Clause<'_>) -> Option<(String, String)> {
    let check = action.from(3);
    if action.begins(&["add", "constraint"]) && check.begins(&["not", "null"]) {
        return Some((action.name(2)?, check.name(2)?));
    }
    let is_one = action.begins(&["add", "constraint"])
        && check.is(0, "check")
        && check.from(3).begins(&["is", "not", "null"])
        && check.tokens.get(6).is_some_and(|token| token.text == ")");
    is_one.then(|| Some((action.name(2)?, check.name(2)?))).flatten()
}

/// Returns the name of the constraint that `action` drops.
fn dropped(action: &Clause<'_>) -> Option<String> {
    let at = action.skip(2, &["if", "exists"]);
    action.begins(&["drop", "constraint"]).then(|| action.name(at)).flatten()
}
