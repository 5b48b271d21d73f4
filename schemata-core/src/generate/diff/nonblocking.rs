//! Changes of an existing table in the forms that do not block others for long: indexes are built concurrently,
//! constraints are added first and validated in a later transaction, and a column becomes NOT NULL by way of a check.
//!
//! How large the table is where the migration will run is unknown, so every table counts as large. Partitioned tables
//! have no such forms and get the plain ones.

use crate::catalog::{ConstraintKind, ConstraintState, IndexKey, IndexState, TypeClass};
use crate::generate::diff::altered_table::AlteredTable;
use crate::generate::diff::index_text::{index_definition, plain_index};
use crate::generate::diff::phased_steps::{Phase, PhasedSteps};
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;
use crate::generate::text::identifiers::{mentions_column, quote_if_needed};
use crate::schema::Unmanaged;
use crate::sql::ddl::generated_name;
use crate::sql::lex::tokens;

/// Returns whether the table is partitioned: the migrations say so, or the model leaves that to the database.
fn is_partitioned(altered: &AlteredTable<'_>) -> bool {
    let model = altered.desired.table(altered.key);
    altered.before.partitioned.is_some()
        || model.is_some_and(|model| model.unmanaged.contains(&Unmanaged::Partitioning))
}

/// Adds a constraint in one statement.
pub(crate) fn add_at_once(
    altered: &AlteredTable<'_>,
    phase: Phase,
    name: &str,
    definition: String,
    steps: &mut PhasedSteps,
) {
    steps.change(phase, altered.alter(StepAction::AddConstraint(name.to_owned(), definition)));
}

/// Adds a foreign key or a check, and validates it later.
pub(crate) fn add_validated_later(
    altered: &AlteredTable<'_>,
    phase: Phase,
    name: &str,
    definition: &str,
    steps: &mut PhasedSteps,
) {
    if is_partitioned(altered) || definition.ends_with(" NOT VALID") {
        return add_at_once(altered, phase, name, definition.to_owned(), steps);
    }
    add_at_once(altered, phase, name, format!("{definition} NOT VALID"), steps);
    validate(altered, name, steps);
}

/// Validates an existing constraint.
pub(crate) fn validate(altered: &AlteredTable<'_>, name: &str, steps: &mut PhasedSteps) {
    steps.change(Phase::Validations, altered.alter(StepAction::ValidateConstraint(name.to_owned())));
}

/// Adds a primary or unique key that uses an index built before.
pub(crate) fn add_key(altered: &AlteredTable<'_>, name: &str, definition: &str, steps: &mut PhasedSteps) {
    match Key::read(definition).filter(|_| !is_partitioned(altered)) {
        Some(key) => {
            steps.change(Phase::KeyBuilds, key.build(altered, name));
            steps.change(Phase::Keys, altered.alter(key.attach(name, name)));
        }
        None => add_at_once(altered, Phase::Keys, name, definition.to_owned(), steps),
    }
}

/// Replaces a key or a check by another of the same name, so that there is no moment without one. Returns false if that is
/// impossible. A foreign key has to go before its columns change.
pub(crate) fn swap(altered: &AlteredTable<'_>, name: &str, new: &ConstraintState, steps: &mut PhasedSteps) -> bool {
    let drop = altered.alter(StepAction::DropConstraint(name.to_owned()));
    let definition = altered.desired.constraint(altered.key, name, &new.definition);
    match new.kind {
        ConstraintKind::PrimaryKey | ConstraintKind::Unique { .. } if !is_partitioned(altered) => {
            let Some(key) = Key::read(&definition) else { return false };
            let built = generated_name(name, &[], "new");
            steps.change(Phase::KeyBuilds, key.build(altered, &built));
            let changes = vec![drop, altered.alter(key.attach(name, &built))];
            steps.add(Phase::Keys, Step { undecided: None, changes });
            true
        }
        ConstraintKind::Check { .. } if new.enforced && new.valid => {
            steps.change(Phase::Checks, drop);
            add_validated_later(altered, Phase::Checks, name, &definition, steps);
            true
        }
        _ => false,
    }
}

/// Replaces an index by another of the same name.
pub(crate) fn swap_index(altered: &AlteredTable<'_>, name: &str, new: &IndexState, steps: &mut PhasedSteps) {
    let new_name = generated_name(name, &[], "new");
    let (phase, change) = build_index(altered, &new_name, new);
    steps.change(phase, change);
    let phase = if phase == Phase::Indexes { Phase::Indexes } else { Phase::Swaps };
    steps.change(phase, SchemaChange::DropIndex { table: altered.name.clone(), name: name.to_owned() });
    let (from, to) = (new_name, name.to_owned());
    steps.change(phase, SchemaChange::RenameIndex { table: altered.name.clone(), from, to });
}

/// Returns the change that builds an index, concurrently if possible, and its phase.
pub(crate) fn build_index(altered: &AlteredTable<'_>, name: &str, new: &IndexState) -> (Phase, SchemaChange) {
    if is_partitioned(altered) {
        return (Phase::Indexes, plain_index(&altered.name, name, new));
    }
    let phase = if may_be_referenced(altered, new) { Phase::KeyBuilds } else { Phase::Builds };
    let (table, name, definition) = (altered.name.clone(), name.to_owned(), index_definition(new));
    (phase, SchemaChange::BuildIndex { table, name, unique: new.unique, definition })
}

/// Returns whether a foreign key may need the index.
fn may_be_referenced(altered: &AlteredTable<'_>, new: &IndexState) -> bool {
    let has = |column: &String| new.parts.iter().any(|part| part.key == IndexKey::Column(column.clone()));
    let mut constraints = altered.desired.catalog.tables.values().flat_map(|table| table.constraints.values());
    new.unique
        && constraints.any(|constraint| {
            matches!(&constraint.kind, ConstraintKind::ForeignKey { target, target_columns, .. }
                if target == altered.key && target_columns.iter().all(has))
        })
}

/// Returns whether the columns of a constraint or an index stay as they are until it is replaced. An enum type may be
/// rebuilt.
pub(crate) fn is_untouched(altered: &AlteredTable<'_>, replaced: &[String], definition: &str) -> bool {
    altered.before.columns.iter().filter(|(name, _)| mentions_column(definition, name)).all(|(name, old)| {
        let after = altered.after.columns.get(name);
        let same = after.is_some_and(|new| new.sql_type == old.sql_type && new.base == old.base);
        same && old.base.kind != TypeClass::Enum && !replaced.contains(name)
    })
}

/// Fills a column and makes it NOT NULL: the rows are changed in batches, and checked under a lock that blocks no one.
/// Without a primary key, only the plain form is possible.
pub(crate) fn set_not_null(altered: &AlteredTable<'_>, name: &str, value: Option<String>) -> Vec<SchemaChange> {
    let (table, column) = (altered.name.clone(), name.to_owned());
    let set = altered.alter(StepAction::SetNotNull(column.clone()));
    if altered.name.schema.is_some() || !keeps_primary_key(altered) {
        return vec![SchemaChange::Fill { table, column, value }, set];
    }
    let check = generated_name(&altered.name.name, &[name], "is_set");
    let condition = format!("CHECK ({} IS NOT NULL) NOT VALID", quote_if_needed(name));
    vec![
        SchemaChange::Backfill { table, column, value },
        altered.alter(StepAction::AddConstraint(check.clone(), condition)),
        SchemaChange::Commit,
        altered.alter(StepAction::ValidateConstraint(check.clone())),
        set,
        altered.alter(StepAction::DropConstraint(check)),
    ]
}

/// Fills a column whose NOT NULL is `NOT VALID` (PostgreSQL 18), and validates it.
pub(crate) fn validate_not_null(
    altered: &AlteredTable<'_>,
    name: &str,
    value: Option<String>,
    constraint: String,
) -> Vec<SchemaChange> {
    let (table, column) = (altered.name.clone(), name.to_owned());
    let validate = altered.alter(StepAction::ValidateConstraint(constraint));
    if altered.name.schema.is_some() || !keeps_primary_key(altered) {
        return vec![SchemaChange::Fill { table, column, value }, validate];
    }
    vec![SchemaChange::Backfill { table, column, value }, SchemaChange::Commit, validate]
}

/// Returns whether the table has the same primary key before and after every step.
fn keeps_primary_key(altered: &AlteredTable<'_>) -> bool {
    // A renamed key is the same key.
    altered.before.primary_key().is_some_and(|old| {
        let stays = altered.after.primary_key().is_some_and(|new| new.definition == old.definition);
        stays && is_untouched(altered, &[], &old.definition)
    })
}

/// A primary or unique key that an index can become.
struct Key {
    kind: &'static str,
    /// What follows the table's name in CREATE INDEX.
    index: String,
    /// The clauses at the end.
    deferral: &'static str,
}

impl Key {
    /// Reads `UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c)`; returns `None` if there are further clauses.
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
        // An index cannot become a key about overlaps.
        if is(end - 1, "overlaps") {
            return None;
        }
        if is(end + 1, "include") {
            end = close(end)?;
            end = close(end + 1)?;
        }
        let deferral = match () {
            () if all.len() == end + 1 => "",
            () if is(end + 1, "deferrable") && all.len() == end + 2 => " DEFERRABLE",
            () if is(end + 1, "deferrable")
                && is(end + 2, "initially")
                && is(end + 3, "deferred")
                && all.len() == end + 4 =>
            {
                " DEFERRABLE INITIALLY DEFERRED"
            }
            () => return None,
        };
        let last = &all[end];
        let columns = &definition[begin..last.start + last.text.len()];
        let nulls = if not_distinct { " NULLS NOT DISTINCT" } else { "" };
        Some(Self { kind, index: format!("{columns}{nulls}"), deferral })
    }

    /// Builds the index under this name.
    fn build(&self, altered: &AlteredTable<'_>, name: &str) -> SchemaChange {
        let (name, definition) = (name.to_owned(), self.index.clone());
        SchemaChange::BuildIndex { table: altered.name.clone(), name, unique: true, definition }
    }

    /// Adds the constraint `name` on the index that was built as `index`, which takes the name of the constraint.
    fn attach(&self, name: &str, index: &str) -> StepAction {
        StepAction::AddConstraint(
            name.to_owned(),
            format!("{} USING INDEX {}{}", self.kind, quote_if_needed(index), self.deferral),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_keys_that_an_index_can_become() {
        let read = |definition: &str| Key::read(definition).map(|key| format!("{}: {}", key.kind, key.index));
        assert_eq!(read("UNIQUE (a, \"b)\")").as_deref(), Some("UNIQUE: (a, \"b)\")"));
        assert_eq!(read("PRIMARY KEY (a)").as_deref(), Some("PRIMARY KEY: (a)"));
        assert_eq!(
            read("UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b, c)").as_deref(),
            Some("UNIQUE: (a) INCLUDE (b, c) NULLS NOT DISTINCT")
        );
        let deferred = Key::read("UNIQUE (a) DEFERRABLE INITIALLY DEFERRED").map(|key| (key.index, key.deferral));
        assert_eq!(deferred, Some(("(a)".to_owned(), " DEFERRABLE INITIALLY DEFERRED")));
        for other in [
            "UNIQUE (a, b WITHOUT OVERLAPS)",
            "UNIQUE (a) NOT DEFERRABLE",
            "UNIQUE (a) WITH (fillfactor='70')",
            "CHECK (a)",
            "UNIQUE",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
