//! Changes of a table that is there already, in the forms that keep nobody from it for long: indexes built while it is used,
//! constraints that are added first and validated in a transaction of their own, NOT NULL by way of a check.
//!
//! Nobody knows here how large the table is where the migration will run, so it counts as large. Partitioned tables have no such
//! forms, and get the plain ones.

use crate::catalog::{ConstraintKind, ConstraintState, IndexKey, IndexState, TypeClass};
use crate::generate::diff::{At, Phase, Steps};
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::steps::step::Step;
use crate::generate::text::words::{self, mentions};
use crate::sql::ddl::generated_name;
use crate::sql::lex::tokens;

fn is_partitioned(at: &At<'_>) -> bool {
    at.before.partitioned.is_some()
}

/// Adds a constraint in one go.
pub(crate) fn plain(at: &At<'_>, phase: Phase, name: &str, definition: String, steps: &mut Steps) {
    steps.change(phase, at.alter(Action::AddConstraint(name.to_owned(), definition)));
}

/// Adds a foreign key or a check, and validates it later.
pub(crate) fn checked(at: &At<'_>, phase: Phase, name: &str, definition: &str, steps: &mut Steps) {
    if is_partitioned(at) || definition.ends_with(" NOT VALID") {
        return plain(at, phase, name, definition.to_owned(), steps);
    }
    plain(at, phase, name, format!("{definition} NOT VALID"), steps);
    validate(at, name, steps);
}

/// Reads the rows for a constraint that is there.
pub(crate) fn validate(at: &At<'_>, name: &str, steps: &mut Steps) {
    steps.change(Phase::Validations, at.alter(Action::ValidateConstraint(name.to_owned())));
}

/// Adds a primary or unique key, by an index that is built before.
pub(crate) fn key(at: &At<'_>, name: &str, definition: &str, steps: &mut Steps) {
    match Key::read(definition).filter(|_| !is_partitioned(at)) {
        Some(key) => {
            steps.change(Phase::KeyBuilds, key.build(at, name));
            steps.change(Phase::Keys, at.alter(key.attach(name, name)));
        }
        None => plain(at, Phase::Keys, name, definition.to_owned(), steps),
    }
}

/// Puts another key or check in one's place, so that there is no moment without one; false where that cannot be. A foreign key
/// goes before what it depends on changes.
pub(crate) fn swap(at: &At<'_>, name: &str, new: &ConstraintState, steps: &mut Steps) -> bool {
    let drop = at.alter(Action::DropConstraint(name.to_owned()));
    let definition = at.target.constraint(at.key, name, &new.definition);
    match new.kind {
        ConstraintKind::PrimaryKey | ConstraintKind::Unique { .. } if !is_partitioned(at) => {
            let Some(key) = Key::read(&definition) else { return false };
            let build = generated_name(name, &[], "new");
            steps.change(Phase::KeyBuilds, key.build(at, &build));
            let changes = vec![drop, at.alter(key.attach(name, &build))];
            steps.add(Phase::Keys, Step { undecided: None, changes });
            true
        }
        ConstraintKind::Check { .. } => {
            steps.change(Phase::Checks, drop);
            checked(at, Phase::Checks, name, &definition, steps);
            true
        }
        _ => false,
    }
}

/// Creates the index `new`, for which `create` is the plain form.
pub(crate) fn index(at: &At<'_>, create: Change, new: &IndexState, steps: &mut Steps) {
    let (phase, change) = build(at, create, new);
    steps.change(phase, change);
}

/// Puts another index in an index's place.
pub(crate) fn swap_index(
    at: &At<'_>,
    name: &str,
    create: impl Fn(&str) -> Change,
    new: &IndexState,
    steps: &mut Steps,
) {
    let new_name = generated_name(name, &[], "new");
    let (phase, change) = build(at, create(&new_name), new);
    steps.change(phase, change);
    let phase = if phase == Phase::Indexes { Phase::Indexes } else { Phase::Swaps };
    steps.change(phase, Change::DropIndex { table: at.name.clone(), name: name.to_owned() });
    let (from, to) = (new_name, name.to_owned());
    steps.change(phase, Change::RenameIndex { table: at.name.clone(), from, to });
}

fn build(at: &At<'_>, create: Change, new: &IndexState) -> (Phase, Change) {
    match create {
        Change::CreateIndex { table, name, unique, definition } if !is_partitioned(at) => {
            let phase = if is_referenced(at, new) { Phase::KeyBuilds } else { Phase::Builds };
            (phase, Change::BuildIndex { table, name, unique, definition })
        }
        plain => (Phase::Indexes, plain),
    }
}

/// Whether a foreign key may need the index.
fn is_referenced(at: &At<'_>, new: &IndexState) -> bool {
    let has = |column: &String| new.parts.iter().any(|part| part.key == IndexKey::Column(column.clone()));
    let mut constraints = at.target.catalog.tables.values().flat_map(|table| table.constraints.values());
    new.unique
        && constraints.any(|constraint| {
            matches!(&constraint.kind, ConstraintKind::ForeignKey { target, target_columns, .. }
                if target == at.key && target_columns.iter().all(has))
        })
}

/// Whether nothing happens to the columns of a constraint or index while it waits to be replaced. An enum may be built anew.
pub(crate) fn is_untouched(at: &At<'_>, replaced: &[String], definition: &str) -> bool {
    at.before.columns.iter().filter(|(name, _)| mentions(definition, name)).all(|(name, old)| {
        let same = at.after.columns.get(name).is_some_and(|new| new.sql_type == old.sql_type && new.base == old.base);
        same && old.base.kind != TypeClass::Enum && !replaced.contains(name)
    })
}

/// Fills a column and makes it NOT NULL: the rows are changed in batches, and read under a lock that stops nobody. Without a key,
/// there is only the plain form.
pub(crate) fn not_null(at: &At<'_>, name: &str, value: Option<String>) -> Vec<Change> {
    let (table, column) = (at.name.clone(), name.to_owned());
    let set = at.alter(Action::SetNotNull(column.clone()));
    if at.name.schema.is_some() || !has_key(at) {
        return vec![Change::Fill { table, column, value }, set];
    }
    let check = generated_name(&at.name.name, &[name], "is_set");
    let demand = format!("CHECK ({} IS NOT NULL) NOT VALID", words::plain(name));
    vec![
        Change::Backfill { table, column, value },
        at.alter(Action::AddConstraint(check.clone(), demand)),
        Change::Commit,
        at.alter(Action::ValidateConstraint(check.clone())),
        set,
        at.alter(Action::DropConstraint(check)),
    ]
}

/// Whether rows can be told apart before and after every step.
fn has_key(at: &At<'_>) -> bool {
    // By another name it is the same key.
    at.before.primary_key().is_some_and(|old| {
        let stays = at.after.primary_key().is_some_and(|new| new.definition == old.definition);
        stays && is_untouched(at, &[], &old.definition)
    })
}

/// A primary or unique key that an index can become.
struct Key {
    kind: &'static str,
    /// What the index is made of.
    index: String,
}

impl Key {
    /// Reads `UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c)`; nothing where there is more to it.
    fn read(definition: &str) -> Option<Self> {
        let all = tokens(definition);
        let is = |at: usize, word: &str| all.get(at).is_some_and(|token| token.is(word));
        let (kind, mut at) = match () {
            () if is(0, "primary") && is(1, "key") => ("PRIMARY KEY", 2),
            () if is(0, "unique") => ("UNIQUE", 1),
            () => return None,
        };
        let not_distinct = is(at, "nulls") && is(at + 1, "not") && is(at + 2, "distinct");
        at += if not_distinct { 3 } else { 0 };
        let begin = all.get(at).filter(|token| token.text == "(")?.start;
        let close = |from: usize| all.iter().skip(from).position(|token| token.text == ")").map(|more| from + more);
        let mut end = close(at)?;
        if is(end + 1, "include") {
            end = close(end)?;
            end = close(end + 1)?;
        }
        if all.len() > end + 1 {
            return None;
        }
        let last = &all[end];
        let columns = &definition[begin..last.start + last.text.len()];
        let nulls = if not_distinct { " NULLS NOT DISTINCT" } else { "" };
        Some(Self { kind, index: format!("{columns}{nulls}") })
    }

    /// The index, called `name`.
    fn build(&self, at: &At<'_>, name: &str) -> Change {
        let (name, definition) = (name.to_owned(), self.index.clone());
        Change::BuildIndex { table: at.name.clone(), name, unique: true, definition }
    }

    /// The constraint `name`, of the index that was built as `index` and takes its name.
    fn attach(&self, name: &str, index: &str) -> Action {
        Action::AddConstraint(name.to_owned(), format!("{} USING INDEX {}", self.kind, words::plain(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_an_index_can_become_are_told_from_others() {
        let read = |definition: &str| Key::read(definition).map(|key| format!("{}: {}", key.kind, key.index));
        assert_eq!(read("UNIQUE (a, \"b)\")").as_deref(), Some("UNIQUE: (a, \"b)\")"));
        assert_eq!(read("PRIMARY KEY (a)").as_deref(), Some("PRIMARY KEY: (a)"));
        assert_eq!(
            read("UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b, c)").as_deref(),
            Some("UNIQUE: (a) INCLUDE (b, c) NULLS NOT DISTINCT")
        );
        for other in ["UNIQUE (a) DEFERRABLE", "UNIQUE (a) WITH (fillfactor='70')", "CHECK (a)", "UNIQUE", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
