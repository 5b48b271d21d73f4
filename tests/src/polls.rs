//! Drops futures after a number of polls: a cancellation always happens between two polls.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// When to drop a future after its last poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Immediately, when the last request may not have been sent yet.
    AtOnce,
    /// A little later, when the server has finished the request and the answer has arrived.
    Answered,
}

impl Moment {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::AtOnce, Self::Answered];
}

/// Polls `future` at most `polls` times, and drops it; returns its output if it completed.
pub async fn poll_at_most<F: Future>(future: F, polls: usize, moment: Moment) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    let output = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    if output.is_none() && moment == Moment::Answered {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    output
}

/// Drops the future that `attempt` makes after 1, 2, 3, … polls, until one completes; returns how many attempts that took.
/// `attempt` gets its number, polls its future by [`poll_at_most`] with that number, checks the state afterwards, and
/// returns whether it completed.
///
/// # Panics
/// When none of 500 attempts completes.
pub async fn at_every_poll(mut attempt: impl AsyncFnMut(usize) -> bool) -> usize {
    for polls in 1..=500 {
        if attempt(polls).await {
            return polls;
        }
    }
    panic!("never completes");
}
