//! Steps of a migration: what stands together there, made of changes.

use crate::generate::steps::change::Change;

/// What stands together in the migration: changes that are made, or that wait for a decision.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// What has to be decided first.
    pub(crate) undecided: Option<String>,
    pub(crate) changes: Vec<Change>,
}

impl Step {
    /// A change that loses nothing.
    pub(crate) fn plain(change: Change) -> Self {
        Self { undecided: None, changes: vec![change] }
    }

    /// Changes that a person has to decide on.
    pub(crate) fn undecided(why: String, changes: Vec<Change>) -> Self {
        Self { undecided: Some(why), changes }
    }
}

/// Decided changes as one step each call of the migration: those of one table in a row share a call.
pub(crate) fn in_calls(steps: Vec<Step>) -> Vec<Step> {
    let mut calls: Vec<Step> = Vec::new();
    for step in steps {
        match (step.undecided, calls.last_mut()) {
            (Some(why), _) => calls.push(Step { undecided: Some(why), changes: step.changes }),
            (None, _) => {
                for change in step.changes {
                    match calls.last_mut() {
                        Some(last) if last.undecided.is_none() && change.goes_on(last.changes.last()) => {
                            last.changes.push(change);
                        }
                        _ => calls.push(Step::plain(change)),
                    }
                }
            }
        }
    }
    calls
}
