//! Where the transactions of a migration end: only where a step must not run under the locks of the steps before it,
//! and where nothing else ends the transaction.

use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::generate::steps::step_action::StepAction;

/// Puts commits between `steps`: before constraints are validated, and after labels that no builder commits.
pub(crate) fn divide(steps: Vec<Step>) -> Vec<Step> {
    let mut divided: Vec<Step> = Vec::with_capacity(steps.len() + 1);
    // Whether a decided step is in the current transaction, and whether the last one validates.
    let (mut open, mut validates) = (false, false);
    for step in steps {
        let labelled =
            divided.last().is_some_and(|last| last.changes.iter().any(is_label)) && !step.changes.iter().any(is_label);
        if step.undecided.is_none() {
            let validation = step.changes.iter().any(is_validation);
            if open && (validation && !validates || labelled) {
                divided.push(Step::decided(SchemaChange::Commit));
            }
            validates = validation;
            open = !step.changes.iter().all(ends_transaction);
        }
        divided.push(step);
    }
    divided
}

/// Removes the commits that commit nothing, or that no step follows, once it is known which steps are decided.
pub(crate) fn remove_idle_commits(steps: Vec<Step>) -> Vec<Step> {
    let is_commit = |step: &Step| matches!(step.changes.as_slice(), [SchemaChange::Commit]);
    let decided = |step: &Step| step.undecided.is_none() && !is_commit(step);
    let last = steps.iter().rposition(decided);
    let mut settled: Vec<Step> = Vec::with_capacity(steps.len());
    for (at, step) in steps.into_iter().enumerate() {
        let before = settled.iter().rev().find(|before| before.undecided.is_none());
        let idle = before.is_none_or(is_commit) || last.is_none_or(|last| at > last);
        if !(is_commit(&step) && idle) {
            settled.push(step);
        }
    }
    settled
}

/// Returns whether a step adds labels, or ends the transaction of one that does.
pub(crate) fn is_about_labels(step: &Step) -> bool {
    step.undecided.is_none()
        && step.changes.iter().all(|change| matches!(change, SchemaChange::AddLabel { .. } | SchemaChange::Commit))
}

/// Returns whether the change adds a label to a type outside the migrated schema, for which there is no builder.
fn is_label(change: &SchemaChange) -> bool {
    matches!(change, SchemaChange::AddLabel { .. }) && change.builder().is_none()
}

fn is_validation(change: &SchemaChange) -> bool {
    matches!(change, SchemaChange::Alter { action: StepAction::ValidateConstraint(_), .. })
}

/// Returns whether the change ends its transaction.
fn ends_transaction(change: &SchemaChange) -> bool {
    change.builder().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qualified_name::QualifiedName;

    fn change(word: &str) -> SchemaChange {
        let table = QualifiedName { schema: None, name: "t".to_owned() };
        let alter = |action| SchemaChange::Alter { table: table.clone(), action };
        match word {
            "commit" => SchemaChange::Commit,
            "label" => {
                let name = QualifiedName { schema: Some("other".to_owned()), ..table };
                SchemaChange::AddLabel { name, label: "x".to_owned(), place: None }
            }
            "build" => {
                let (name, definition) = ("i".to_owned(), "(a)".to_owned());
                SchemaChange::BuildIndex { table, name, unique: false, definition }
            }
            "validate" => alter(StepAction::ValidateConstraint("c".to_owned())),
            _ => alter(StepAction::DropDefault("a".to_owned())),
        }
    }

    /// One word per step; a question mark before it means that the step waits for a decision.
    fn steps(words: &str) -> Vec<Step> {
        let step = |word: &str| match word.strip_prefix('?') {
            Some(word) => Step::undecided("?".to_owned(), vec![change(word)]),
            None => Step::decided(change(word)),
        };
        words.split_whitespace().map(step).collect()
    }

    fn words(steps: &[Step]) -> String {
        let word = |step: &Step| {
            let word = match &step.changes[0] {
                SchemaChange::Commit => "commit",
                SchemaChange::AddLabel { .. } => "label",
                SchemaChange::BuildIndex { .. } => "build",
                change if is_validation(change) => "validate",
                _ => "alter",
            };
            format!("{}{word}", if step.undecided.is_some() { "?" } else { "" })
        };
        steps.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_commit_precedes_a_validation_that_would_inherit_a_lock() {
        for (given, expected) in [
            ("alter validate validate", "alter commit validate validate"),
            ("alter build validate alter", "alter build validate alter"),
            ("validate", "validate"),
            ("?alter validate", "?alter validate"),
            ("alter ?alter validate", "alter ?alter commit validate"),
            ("build alter alter validate", "build alter alter commit validate"),
            ("label label alter", "label label commit alter"),
            ("label", "label"),
        ] {
            assert_eq!(words(&divide(steps(given))), expected, "{given}");
        }
    }

    #[test]
    fn a_commit_with_nothing_before_or_after_it_is_removed() {
        for (given, expected) in [
            ("alter commit validate", "alter commit validate"),
            ("?alter commit validate", "?alter validate"),
            ("alter commit ?validate", "alter ?validate"),
            ("alter commit ?alter commit validate", "alter commit ?alter validate"),
            ("commit", ""),
        ] {
            assert_eq!(words(&remove_idle_commits(steps(given))), expected, "{given}");
        }
    }
}
