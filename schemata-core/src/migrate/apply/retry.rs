//! Trying work again that others were in the way of: which failures are worth it, and how long to wait.

use std::error::Error;
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::Pin;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::migrate::blockers::BlockerWatch;
use crate::migrate::error::{MigrateError, refusal};
use crate::migrate::migration::context::FailedStatement;
use crate::migrate::report::{Blocker, Event};
use crate::migrate::session::StatementError;
use crate::sql::secret::redacted;

const ATTEMPTS: u32 = 10;

/// An attempt at work that can be done again.
pub(crate) type Attempt<'w, T> = Pin<Box<dyn Future<Output = Result<T, AttemptFailure>> + Send + 'w>>;

/// Why an attempt failed.
pub(crate) enum AttemptFailure {
    /// The migration itself failed.
    Step { statement: Option<FailedStatement>, source: Box<dyn Error + Send + Sync> },
    /// The run around it failed.
    Run(MigrateError),
}

/// A failure after the last attempt.
pub(crate) struct FinalFailure {
    pub(crate) failure: AttemptFailure,
    /// The sessions that blocked the last attempt.
    pub(crate) blockers: Vec<Blocker>,
}

impl AttemptFailure {
    /// The refusal of a statement that the run itself sent.
    pub(crate) fn of(statement: &str, source: tokio_postgres::Error) -> Self {
        let failed = FailedStatement { statement: redacted(statement).into_owned(), code: source.code().cloned() };
        Self::Step { statement: Some(failed), source: source.into() }
    }

    /// A failure of the migration for which PostgreSQL is not to blame.
    pub(crate) fn without_statement(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Step { statement: None, source: error.into() }
    }
}

impl From<StatementError> for AttemptFailure {
    fn from(StatementError { step, statement, source }: StatementError) -> Self {
        Self::of(statement.as_deref().unwrap_or(step), source)
    }
}

impl From<MigrateError> for AttemptFailure {
    fn from(error: MigrateError) -> Self {
        Self::Run(error)
    }
}

/// Makes attempts at work of migration `id` while others are in the way. An attempt that fails leaves no transaction open.
pub(crate) async fn with_retries<'w, T>(
    watch: &BlockerWatch<'_>,
    id: &'static str,
    observe: &(dyn Fn(&Event) + Send + Sync),
    mut attempt: impl FnMut() -> Attempt<'w, T>,
) -> Result<T, FinalFailure> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let report = |blockers: &[Blocker]| observe(&Event::Blocked { id, blockers: blockers.to_vec() });
        let (outcome, blockers) = watch.during(attempt(), report).await;
        let failure = match outcome {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        let may_pass =
            matches!(&failure, AttemptFailure::Step { statement, source } if may_pass(statement.as_ref(), &**source));
        if !may_pass {
            return Err(FinalFailure { failure, blockers: Vec::new() });
        }
        if attempts == ATTEMPTS {
            return Err(FinalFailure { failure, blockers });
        }
        observe(&Event::Retrying { id, attempts, blockers });
        tokio::time::sleep(pause(attempts)).await;
    }
}

/// Returns whether the same work may succeed a moment later: a table was in use, the application and the migration
/// waited for each other, or someone else was creating the same schema or extension.
fn may_pass(statement: Option<&FailedStatement>, source: &(dyn Error + 'static)) -> bool {
    let code = statement
        .and_then(|failed| failed.code.clone())
        .or_else(|| refusal(source).map(|refusal| refusal.code().clone()));
    let creates_shared = |failed: &FailedStatement| {
        ["CREATE SCHEMA IF NOT EXISTS", "CREATE EXTENSION IF NOT EXISTS"]
            .iter()
            .any(|create| failed.statement.starts_with(create))
    };
    code == Some(SqlState::LOCK_NOT_AVAILABLE)
        || code == Some(SqlState::T_R_DEADLOCK_DETECTED)
        || code == Some(SqlState::UNIQUE_VIOLATION) && statement.is_some_and(creates_shared)
}

/// Returns how long to wait after the given attempt: up to 0.2 s, 0.4 s, … 5 s, and at least half of that, at random,
/// so that migrators that collided do not collide again.
fn pause(attempt: u32) -> Duration {
    let most = (200_u64 << attempt.saturating_sub(1).min(10)).min(5_000) * 1_000;
    // Each `RandomState` has random keys.
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
