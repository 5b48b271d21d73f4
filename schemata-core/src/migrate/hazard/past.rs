//! What the statements before one have done: which tables are new, which locks are held, which constraints hold for old rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::hazard::actions::Action;
use crate::sql::relation::Relation;

/// What the operations before a statement have done.
#[derive(Default)]
pub(crate) struct Past {
    /// Tables these migrations made: nobody uses them yet.
    made: BTreeSet<Relation>,
    /// New names, and what the live database calls them.
    renamed: BTreeMap<Relation, Relation>,
    /// Tables whose lock this transaction holds.
    locked: BTreeSet<Relation>,
    /// Checks that a column is never NULL, by table and name, and the column.
    never_null: BTreeMap<(Relation, String), String>,
    /// Constraints that were validated, by table and name.
    validated: BTreeSet<(Relation, String)>,
}

/// What is known of a column that becomes NOT NULL.
pub(crate) enum Nulls {
    /// A validated constraint shows that it holds no NULL.
    None,
    /// One of these constraints may show it: they were validated here and made elsewhere.
    Unless(Vec<String>),
}

impl Past {
    /// Takes note of a table that this migration makes.
    pub(crate) fn make(&mut self, table: Relation) {
        self.made.insert(table);
    }

    /// Whether `table` is new.
    pub(crate) fn made(&self, table: &Relation) -> bool {
        self.made.contains(table)
    }

    /// Takes note of a commit. A table that was made before it is as new as it was: the programs that know it come later.
    pub(crate) fn commit(&mut self) {
        self.locked.clear();
    }

    /// What the live database calls `table`.
    pub(crate) fn live<'r>(&'r self, table: &'r Relation) -> &'r Relation {
        self.renamed.get(table).unwrap_or(table)
    }

    /// A table whose strong lock this transaction holds already, `table` itself if it is one.
    pub(crate) fn held(&self, table: &Relation) -> Option<&Relation> {
        self.locked.get(table).or_else(|| self.locked.first())
    }

    /// Whether a constraint of `table` was validated, which may be one that shows that its rows are within bounds.
    pub(crate) fn is_checked(&self, table: &Relation) -> bool {
        self.validated.iter().any(|(of, _)| of == table)
    }

    /// Takes note of a lock that keeps others from `table` until the transaction ends. On new ones it hurts nobody.
    pub(crate) fn lock(&mut self, table: Relation) {
        if !self.made(&table) {
            self.locked.insert(table);
        }
    }

    /// Whether `column` of `table` is known to hold no NULL, when `actions` share a statement with what asks: PostgreSQL drops
    /// constraints before anything else.
    pub(crate) fn nulls(&self, table: &Relation, column: &str, actions: &[Action<'_>]) -> Nulls {
        let dropped = |name: &str| actions.iter().any(|action| dropped(action).as_deref() == Some(name));
        let of_table = self.validated.iter().filter(|(of, name)| of == table && !dropped(name));
        let mut others = Vec::new();
        for key in of_table {
            match self.never_null.get(key) {
                Some(known) if known == column => return Nulls::None,
                Some(_) => {}
                None => others.push(key.1.clone()),
            }
        }
        Nulls::Unless(others)
    }

    /// Takes note of what an ALTER TABLE leaves behind.
    pub(crate) fn alter(&mut self, table: &Relation, actions: &[Action<'_>]) {
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
                self.rename(table, Relation { schema: table.schema.clone(), name });
            }
        }
    }

    fn rename(&mut self, table: &Relation, new: Relation) {
        let before = self.live(table).clone();
        for known in [&mut self.made, &mut self.locked] {
            if known.remove(table) {
                known.insert(new.clone());
            }
        }
        let moved = |(of, name): (Relation, String)| (if of == *table { new.clone() } else { of }, name);
        self.validated = std::mem::take(&mut self.validated).into_iter().map(moved).collect();
        let checks = std::mem::take(&mut self.never_null).into_iter();
        self.never_null = checks.map(|(key, column)| (moved(key), column)).collect();
        self.renamed.insert(new, before);
    }
}

/// The name and the column of `ADD CONSTRAINT name CHECK (column IS NOT NULL)`.
fn never_null(action: &Action<'_>) -> Option<(String, String)> {
    let check = action.from(3);
    let is_one = action.begins(&["add", "constraint"])
        && check.is(0, "check")
        && check.from(3).begins(&["is", "not", "null"])
        && check.tokens.get(6).is_some_and(|token| token.text == ")");
    is_one.then(|| Some((action.name(2)?, check.name(2)?))).flatten()
}

fn dropped(action: &Action<'_>) -> Option<String> {
    let at = action.skip(2, &["if", "exists"]);
    action.begins(&["drop", "constraint"]).then(|| action.name(at)).flatten()
}
