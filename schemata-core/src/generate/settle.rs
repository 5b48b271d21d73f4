//! The order of steps, found by trying: PostgreSQL knows best what refers to what.

use crate::generate::change::Step;
use crate::generate::trial::{Bench, refused};
use crate::migrate::MigrateError;

impl Bench<'_> {
    /// Makes the steps, in an order in which they can be made: what is refused is tried again behind the others, as long as
    /// any of them gets through. Those that never do become undecided.
    pub(crate) async fn settle(&self, steps: Vec<Step>) -> Result<Vec<Step>, MigrateError> {
        self.begin().await?;
        let (mut made, mut open) = (Vec::with_capacity(steps.len()), steps);
        loop {
            let count = open.len();
            let mut left = Vec::new();
            for step in open {
                match self.attempt(&step.changes).await? {
                    Ok(()) => made.push(step),
                    Err(words) => left.push((step, words)),
                }
            }
            if left.is_empty() || left.len() == count {
                let undecided = |(step, words): (Step, String)| {
                    let undecided = Some(refused(step.undecided, &words));
                    Step { undecided, ..step }
                };
                made.extend(left.into_iter().map(undecided));
                break;
            }
            open = left.into_iter().map(|(step, _)| step).collect();
        }
        self.commit().await?;
        Ok(made)
    }
}
