//! Doing work again that was in somebody's way: which failures are worth it, and how long to wait.

use std::error::Error;
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::Pin;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::migrate::blockers::Watch;
use crate::migrate::migration::context::FailedStatement;
use crate::migrate::error::MigrateError;
use crate::migrate::report::{Blocker, Event};
use crate::migrate::error::text::refusal;
use crate::sql::secret::redacted;

const ATTEMPTS: u32 = 10;

/// Work that can be done again: an attempt at it.
pub(crate) type Work<'w, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'w>>;

/// Why work was not done.
pub(crate) enum Failure {
    /// The migration itself failed.
    Step { statement: Option<FailedStatement>, source: Box<dyn Error + Send + Sync> },
    /// The run around it failed.
    Run(MigrateError),
}

/// A failure that is final.
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    /// Who was in the way.
    pub(crate) blockers: Vec<Blocker>,
}

impl Failure {
    /// A refused statement, sent by the run itself.
    pub(crate) fn of(statement: &str, source: tokio_postgres::Error) -> Self {
        let failed = FailedStatement { statement: redacted(statement).into_owned(), code: source.code().cloned() };
        Self::Step { statement: Some(failed), source: source.into() }
    }
}

/// Does `work` of migration `id`, again while others are in its way. A `work` that fails leaves no transaction open.
pub(crate) async fn patiently<'w, T>(
    watch: &Watch<'_>,
    id: &'static str,
    observe: &(dyn Fn(&Event) + Send + Sync),
    mut work: impl FnMut() -> Work<'w, T>,
) -> Result<T, Failed> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let tell = |blockers: &[Blocker]| observe(&Event::Blocked { id, blockers: blockers.to_vec() });
        let (outcome, blockers) = watch.during(work(), tell).await;
        let failure = match outcome {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        let passing =
            matches!(&failure, Failure::Step { statement, source } if is_passing(statement.as_ref(), &**source));
        if !passing {
            return Err(Failed { failure, blockers: Vec::new() });
        }
        if attempts == ATTEMPTS {
            return Err(Failed { failure, blockers });
        }
        observe(&Event::Retrying { id, attempts, blockers });
        tokio::time::sleep(pause(attempts)).await;
    }
}

/// Whether the same work may succeed a moment later: a table was in use, the application and the migration waited for each
/// other, or a schema or an extension that it creates where there is none was being created by someone else.
fn is_passing(statement: Option<&FailedStatement>, source: &(dyn Error + 'static)) -> bool {
    let code = statement
        .and_then(|failed| failed.code.clone())
        .or_else(|| refusal(source).map(|refusal| refusal.code().clone()));
    let shared = |failed: &FailedStatement| {
        ["CREATE SCHEMA IF NOT EXISTS", "CREATE EXTENSION IF NOT EXISTS"]
            .iter()
            .any(|shared| failed.statement.starts_with(shared))
    };
    code == Some(SqlState::LOCK_NOT_AVAILABLE)
        || code == Some(SqlState::T_R_DEADLOCK_DETECTED)
        || code == Some(SqlState::UNIQUE_VIOLATION) && statement.is_some_and(shared)
}

/// How long to wait after the `attempt`th try: up to 0.2 s, 0.4 s, … 5 s, and at least half of that, at random, so that those
/// who collided do not collide again.
fn pause(attempt: u32) -> Duration {
    let most = (200_u64 << attempt.saturating_sub(1).min(10)).min(5_000) * 1_000;
    // Every `RandomState` hashes differently: randomness enough for this.
    let random = RandomState::new().build_hasher().finish();
    Duration::from_micros(most / 2 + random % (most / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_seconds_and_differ() {
        assert!((0..100).all(|_| (100..200).contains(&pause(1).as_millis())));
        assert!((0..100).all(|_| (2_500..5_000).contains(&pause(u32::MAX).as_millis())));
        let all: std::collections::HashSet<_> = (0..100).map(|_| pause(9)).collect();
        assert!(all.len() > 90);
    }
}
