//! The order of steps, found by trying: PostgreSQL knows best what refers to what.

use crate::generate::steps::bench::{Bench, refused};
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::Step;
use crate::migrate::MigrateError;

/// A step to be made, and what it makes, where one word says that.
pub(crate) struct Candidate {
    pub(crate) label: Option<String>,
    pub(crate) step: Step,
}

/// Steps in an order in which they can be made.
pub(crate) struct Settled {
    pub(crate) steps: Vec<Step>,
    /// What PostgreSQL would not make.
    pub(crate) refused: Vec<String>,
}

/// Lets a function refer to what is not there yet, like a table whose default calls it.
const UNCHECKED: &str = "SET LOCAL check_function_bodies = off";

impl Bench<'_> {
    /// Makes the steps: one that is refused is tried again behind the others, as long as any of them gets through. Those that
    /// never do become undecided.
    pub(crate) async fn settle(&self, steps: Vec<Candidate>) -> Result<Settled, MigrateError> {
        self.begin().await?;
        let (mut made, mut open, mut unchecked) = (Vec::with_capacity(steps.len()), steps, None);
        let left = loop {
            let count = open.len();
            let left = self.round(open, &mut made).await?;
            match (left.len() == count, unchecked) {
                _ if left.is_empty() => break left,
                (false, _) => {}
                (true, None) => {
                    let step = Step::decided(SchemaChange::Printed(UNCHECKED.to_owned()));
                    if self.attempt(&step.changes).await?.is_err() {
                        break left;
                    }
                    unchecked = Some(made.len());
                    made.push(step);
                }
                (true, Some(at)) => {
                    // It helped nobody.
                    if at + 1 == made.len() {
                        made.pop();
                    }
                    break left;
                }
            }
            open = left.into_iter().map(|(candidate, _)| candidate).collect();
        };
        self.commit().await?;
        let mut names = Vec::new();
        for (Candidate { label, step }, words) in left {
            let undecided = Some(refused(step.undecided.or_else(|| label.clone()), &words));
            names.extend(label);
            made.push(Step { undecided, ..step });
        }
        Ok(Settled { steps: made, refused: names })
    }

    /// Tries each of them once; yields those that PostgreSQL refuses, and its words.
    async fn round(
        &self,
        candidates: Vec<Candidate>,
        made: &mut Vec<Step>,
    ) -> Result<Vec<(Candidate, String)>, MigrateError> {
        let mut left = Vec::new();
        for candidate in candidates {
            match self.attempt(&candidate.step.changes).await? {
                Ok(()) => made.push(candidate.step),
                Err(words) => left.push((candidate, words)),
            }
        }
        Ok(left)
    }
}
