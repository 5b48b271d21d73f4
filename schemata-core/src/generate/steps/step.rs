//! The steps of a migration, made of changes.

use crate::generate::steps::schema_change::SchemaChange;

/// Changes that belong together in the migration. They are made, or wait for a decision.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The decision that has to be made first.
    pub(crate) undecided: Option<String>,
    pub(crate) changes: Vec<SchemaChange>,
}

impl Step {
    /// Returns a step of one change that needs no decision.
    pub(crate) fn decided(change: SchemaChange) -> Self {
        Self { undecided: None, changes: vec![change] }
    }

    /// Returns a step that a person has to decide on.
    pub(crate) fn undecided(why: String, changes: Vec<SchemaChange>) -> Self {
        Self { undecided: Some(why), changes }
    }
}

/// Regroups decided changes into one step per call of the migration. Consecutive changes of one table share a call.
pub(crate) fn one_step_per_call(steps: Vec<Step>) -> Vec<Step> {
    let mut calls: Vec<Step> = Vec::new();
    for step in steps {
        match (step.undecided, calls.last_mut()) {
            (Some(why), _) => calls.push(Step { undecided: Some(why), changes: step.changes }),
            (None, _) => {
                for change in step.changes {
                    match calls.last_mut() {
                        Some(last) if last.undecided.is_none() && change.joins_call_of(last.changes.last()) => {
                            last.changes.push(change);
                        }
                        _ => calls.push(Step::decided(change)),
                    }
                }
            }
        }
    }
    calls
}
