//! Retries of a transaction: for which failures, and after how long a pause.

use std::error::Error as StdError;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use crate::error::{DriverError, Error, ErrorKind};

/// Returns whether a transaction that failed with this error may succeed if it is repeated from its beginning. The
/// user's error may wrap the library's at any depth.
pub(crate) fn is_worth_retrying(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        // If an error passes on the `source` of the library's error as its own, only the driver's error is in the chain.
        let kind = match (error.downcast_ref::<Error>(), error.downcast_ref::<DriverError>()) {
            (Some(ours), _) => Some(ours.kind()),
            (None, Some(driver)) => Some(ErrorKind::of(driver)),
            (None, None) => None,
        };
        if let Some(kind) = kind {
            return matches!(kind, ErrorKind::Serialization | ErrorKind::Deadlock | ErrorKind::StaleStatement);
        }
        next = error.source();
    }
    false
}

/// Returns the pause before retry number `attempt`: a random time of at most 10 ms, 20 ms, 40 ms, … 1 s, so that
/// transactions that collided do not collide again.
pub(crate) fn pause(attempt: u32) -> Duration {
    let ceiling = 10_u64.saturating_mul(1 << attempt.min(7)).min(1000) * 1000;
    // Every `RandomState` has random keys.
    let random = RandomState::new().build_hasher().finish();
    Duration::from_micros(random % ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second_and_differ() {
        assert!((0..100).all(|_| pause(0) < Duration::from_millis(10)));
        assert!((0..100).all(|_| pause(40) < Duration::from_secs(1)));
        assert!((0..100).any(|_| pause(40) > Duration::from_millis(100)));
        let all: std::collections::HashSet<_> = (0..100).map(|_| pause(7)).collect();
        assert!(all.len() > 90);
    }
}
