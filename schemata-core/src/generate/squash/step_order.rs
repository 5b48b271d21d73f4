//! Orders steps by trying them, since PostgreSQL knows best which objects refer to which.

use crate::generate::steps::schema_change::SchemaChange;
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

/// Executes the steps: one that is refused is tried again after the others, as long as any of them succeeds. Those that
/// never do become undecided. The steps that do not need tables are tried `first`, since frozen models would make the types that are not
/// there yet.
pub(crate) async fn order(
    trial: &StepTrial<'_>,
    first: Vec<Candidate>,
    others: Vec<Candidate>,
) -> Result<OrderedSteps, MigrateError> {
    trial.begin().await?;
    let mut done = Vec::with_capacity(first.len() + others.len());
    let left = attempt_repeatedly(trial, first, &mut done).await?;
    let candidates = left.into_iter().map(|(candidate, _)| candidate).chain(others).collect();
    let mut left = attempt_repeatedly(trial, candidates, &mut done).await?;
    if !left.is_empty() {
        let unchecked = Step::decided(SchemaChange::Printed(UNCHECKED_FUNCTIONS.to_owned()));
        if trial.attempt(&unchecked.changes).await?.is_ok() {
            done.push(unchecked);
            let count = done.len();
            let candidates = left.into_iter().map(|(candidate, _)| candidate).collect();
            left = attempt_repeatedly(trial, candidates, &mut done).await?;
            if done.len() == count {
                // It helped no step.
                done.pop();
            }
        }
    }
    trial.commit().await?;
    let mut labels = Vec::new();
    for (Candidate { label, step }, message) in left {
        let undecided = Some(refused(step.undecided.or_else(|| label.clone()), &message));
        labels.extend(label);
        done.push(Step { undecided, ..step });
    }
    Ok(OrderedSteps { steps: done, refused: labels })
}

/// Attempts the candidates until no further one succeeds. Returns those that PostgreSQL refuses, with its messages.
async fn attempt_repeatedly(
    trial: &StepTrial<'_>,
    mut candidates: Vec<Candidate>,
    done: &mut Vec<Step>,
) -> Result<Vec<(Candidate, String)>, MigrateError> {
    loop {
        let count = candidates.len();
        let mut left = Vec::new();
        for candidate in candidates {
            match trial.attempt(&candidate.step.changes).await? {
                Ok(()) => done.push(candidate.step),
                Err(message) => left.push((candidate, message)),
            }
        }
        if left.is_empty() || left.len() == count {
            return Ok(left);
        }
        candidates = left.into_iter().map(|(candidate, _)| candidate).collect();
    }
}
