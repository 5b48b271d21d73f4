//! Where the transactions of a migration end: only where something behind must not happen under the locks of what stands before,
//! and where nothing ends them anyway.

use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::steps::step::Step;

/// Puts commits between `steps`: before constraints are validated, and after labels that have to be committed by hand.
pub(crate) fn divide(steps: Vec<Step>) -> Vec<Step> {
    let mut divided: Vec<Step> = Vec::with_capacity(steps.len() + 1);
    // What was decided since the last end of a transaction.
    let (mut open, mut validates) = (false, false);
    for step in steps {
        let labelled =
            divided.last().is_some_and(|last| last.changes.iter().any(is_label)) && !step.changes.iter().any(is_label);
        if step.undecided.is_none() {
            let validation = step.changes.iter().any(is_validation);
            if open && (validation && !validates || labelled) {
                divided.push(Step::plain(Change::Commit));
            }
            validates = validation;
            open = !step.changes.iter().all(ends_transaction);
        }
        divided.push(step);
    }
    divided
}

/// Takes away the commits that commit nothing, or that nothing comes after, now that it is known which steps are decided.
pub(crate) fn settle(steps: Vec<Step>) -> Vec<Step> {
    let is_commit = |step: &Step| matches!(step.changes.as_slice(), [Change::Commit]);
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

/// Whether a step is a new label, or the end of the transaction of one.
pub(crate) fn is_of_labels(step: &Step) -> bool {
    step.undecided.is_none()
        && step.changes.iter().all(|change| matches!(change, Change::AddLabel { .. } | Change::Commit))
}

/// A label of a type in another schema than the migrated one, for which there is no builder.
fn is_label(change: &Change) -> bool {
    matches!(change, Change::AddLabel { .. }) && change.builder().is_none()
}

fn is_validation(change: &Change) -> bool {
    matches!(change, Change::Alter { action: Action::ValidateConstraint(_), .. })
}

/// Whether nothing that follows shares a transaction with it.
fn ends_transaction(change: &Change) -> bool {
    change.builder().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::target::TableName;

    fn change(word: &str) -> Change {
        let table = TableName { schema: None, name: "t".to_owned() };
        let alter = |action| Change::Alter { table: table.clone(), action };
        match word {
            "commit" => Change::Commit,
            "label" => {
                let name = TableName { schema: Some("other".to_owned()), ..table };
                Change::AddLabel { name, label: "x".to_owned(), place: None }
            }
            "build" => {
                let (name, definition) = ("i".to_owned(), "(a)".to_owned());
                Change::BuildIndex { table, name, unique: false, definition }
            }
            "validate" => alter(Action::ValidateConstraint("c".to_owned())),
            _ => alter(Action::DropDefault("a".to_owned())),
        }
    }

    /// A word each step; one that waits for a decision begins with a question mark.
    fn steps(words: &str) -> Vec<Step> {
        let step = |word: &str| match word.strip_prefix('?') {
            Some(word) => Step::undecided("?".to_owned(), vec![change(word)]),
            None => Step::plain(change(word)),
        };
        words.split_whitespace().map(step).collect()
    }

    fn words(steps: &[Step]) -> String {
        let word = |step: &Step| {
            let word = match &step.changes[0] {
                Change::Commit => "commit",
                Change::AddLabel { .. } => "label",
                Change::BuildIndex { .. } => "build",
                change if is_validation(change) => "validate",
                _ => "alter",
            };
            format!("{}{word}", if step.undecided.is_some() { "?" } else { "" })
        };
        steps.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_commit_stands_where_a_validation_would_inherit_a_lock() {
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
    fn a_commit_without_anything_before_or_behind_it_goes() {
        for (given, expected) in [
            ("alter commit validate", "alter commit validate"),
            ("?alter commit validate", "?alter validate"),
            ("alter commit ?validate", "alter ?validate"),
            ("alter commit ?alter commit validate", "alter commit ?alter validate"),
            ("commit", ""),
        ] {
            assert_eq!(words(&settle(steps(given))), expected, "{given}");
        }
    }
}
