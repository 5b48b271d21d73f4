//! Orders steps by trying them, since PostgreSQL knows best which objects refer to which.

use crate::generate::steps::change::Change;
use crate::generate::steps::step::Step;
use crate::generate::steps::trial::{StepTrial, refused};
use crate::migrate::MigrateError;

/// A step to order, with the label of the object that it creates, if there is one.
pub(crate) struct Candidate {
    pub(crate) label: Option<String>,
    pub(crate) step: Step,
}

/// Steps in an order in which they can be executed.
pub(crate) struct OrderedSteps {
    pub(crate) steps: Vec<Step>,
    /// The labels of the objects that PostgreSQL refuses to create.
    pub(crate) refused: Vec<String>,
}

/// Lets a function refer to an object that does not exist yet, like a table whose default calls the function.
const UNCHECKED_FUNCTIONS: &str = "SET LOCAL check_function_bodies = off";

/// Executes the steps: one that is refused is tried again after the others, as long as any of them succeeds. Those that never do
/// become undecided.
pub(crate) async fn order(trial: &StepTrial<'_>, candidates: Vec<Candidate>) -> Result<OrderedSteps, MigrateError> {
    trial.begin().await?;
    let (mut done, mut open) = (Vec::with_capacity(candidates.len()), candidates);
    // The position of the step that turns the check of function bodies off, once nothing else helps.
    let mut unchecked = None;
    let left = loop {
        let count = open.len();
        let left = attempt_each(trial, open, &mut done).await?;
        match (left.len() == count, unchecked) {
            _ if left.is_empty() => break left,
            (false, _) => {}
            (true, None) => {
                let step = Step::plain(Change::Printed(UNCHECKED_FUNCTIONS.to_owned()));
                if trial.attempt(&step.changes).await?.is_err() {
                    break left;
                }
                unchecked = Some(done.len());
                done.push(step);
            }
            (true, Some(at)) => {
                // No step succeeded after it.
                if at + 1 == done.len() {
                    done.pop();
                }
                break left;
            }
        }
        open = left.into_iter().map(|(candidate, _)| candidate).collect();
    };
    trial.commit().await?;
    let mut labels = Vec::new();
    for (Candidate { label, step }, message) in left {
        let undecided = Some(refused(step.undecided.or_else(|| label.clone()), &message));
        labels.extend(label);
        done.push(Step { undecided, ..step });
    }
    Ok(OrderedSteps { steps: done, refused: labels })
}

/// Attempts each candidate once. Returns those that PostgreSQL refuses, with its messages.
async fn attempt_each(
    trial: &StepTrial<'_>,
    candidates: Vec<Candidate>,
    done: &mut Vec<Step>,
) -> Result<Vec<(Candidate, String)>, MigrateError> {
    let mut left = Vec::new();
    for candidate in candidates {
        match trial.attempt(&candidate.step.changes).await? {
            Ok(()) => done.push(candidate.step),
            Err(message) => left.push((candidate, message)),
        }
    }
    Ok(left)
}
