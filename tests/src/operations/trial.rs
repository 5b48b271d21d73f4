//! Runs an operation under a fault: it must end, report the true outcome, write all or nothing, and not affect the
//! answer of the next call.

use std::fmt::Debug;
use std::time::Duration;

use schemata::testing::TestDatabase;
use schemata::{Db, Error, ErrorKind};
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::catalog::{connect, one};
use crate::operations::{Effect, Operation, PROBE, database, probe, reset, stored};
use crate::wire::{FaultProxy, Plan, Seen};

/// An outer limit for work that takes milliseconds on an idle machine.
const LIMIT: Duration = Duration::from_secs(60);

/// How long a caller waits for an answer that will never come.
const PATIENCE: Duration = Duration::from_millis(50);

/// A database, and a proxy to it that can cause faults.
pub struct Trial {
    database: TestDatabase,
    admin: Client,
    proxy: FaultProxy,
}

/// An operation without faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// Its result.
    pub result: String,
    /// The stored state before it.
    pub before: String,
    /// The stored state after it.
    pub after: String,
    /// The number of messages it takes.
    pub messages: Seen,
}

/// How an operation ended.
#[derive(Debug)]
pub enum Outcome {
    /// By itself.
    Ended(Result<String, Error>),
    /// Dropped by its caller.
    Dropped,
}

impl Trial {
    /// Creates a trial with a new database.
    pub async fn new() -> Self {
        let database = database().await;
        let (admin, proxy) = (connect(database.url()).await, FaultProxy::to(database.url()).await);
        Self { database, admin, proxy }
    }

    /// Makes a pool of one connection, through the proxy.
    pub async fn pool(&self) -> Db {
        let pool = Db::builder(self.proxy.url()).max_connections(1).acquire_timeout(LIMIT).application_name("trial");
        pool.connect().await.expect("connects")
    }

    /// Makes the same pool without the proxy.
    pub async fn direct_pool(&self) -> Db {
        let pool = Db::builder(self.database.url()).max_connections(1).acquire_timeout(LIMIT);
        pool.application_name("trial").connect().await.expect("connects")
    }

    /// Runs the operation without a fault.
    pub async fn clean(&self, operation: &Operation) -> Clean {
        reset(&self.admin).await;
        let before = stored(&self.admin).await;
        let db = self.pool().await;
        self.proxy.arm(None);
        let result = (operation.run)(db.clone()).await;
        let result = result.unwrap_or_else(|error| panic!("{}: {error:?}", operation.name));
        let (messages, _) = self.proxy.disarm();
        let after = stored(&self.admin).await;
        let reads = operation.effect == Effect::Reads;
        assert!(!reads || before == after, "{}: it is declared as a read", operation.name);
        Clean { result, before, after, messages }
    }

    /// Runs the operation while `plan` happens.
    ///
    /// # Errors
    /// When the operation ends wrongly; the message says how.
    pub async fn faulty(&self, operation: &Operation, clean: &Clean, plan: Plan) -> Result<(), String> {
        let told = |what: String| format!("{}, {plan:?}: {what}", operation.name);
        reset(&self.admin).await;
        let db = self.pool().await;
        self.proxy.arm(Some(plan));
        let given_up = async {
            if plan.fault.is_silent() {
                self.proxy.struck().await;
                tokio::time::sleep(PATIENCE).await;
            } else {
                tokio::time::sleep(LIMIT).await;
            }
        };
        let outcome = tokio::select! {
            ended = (operation.run)(db.clone()) => Outcome::Ended(ended),
            () = given_up => Outcome::Dropped,
        };
        let (_, struck) = self.proxy.disarm();
        ensure(struck, || "there was no such message".to_owned()).map_err(told)?;
        ensure(plan.fault.is_silent() || !matches!(outcome, Outcome::Dropped), || "it hangs".to_owned())
            .map_err(told)?;
        if plan.fault.is_harmless() {
            ensure(matches!(outcome, Outcome::Ended(Ok(_))), || format!("no message was lost: {outcome:?}"))
                .map_err(told)?;
        }
        self.judge(operation.effect, clean, (&outcome, plan.fault.is_silent()), &db).await.map_err(told)
    }

    /// Runs the operation and drops it after this number of waits; returns whether it was still under way.
    ///
    /// # Errors
    /// When the operation ends wrongly; the message says how.
    pub async fn dropped(&self, operation: &Operation, clean: &Clean, polls: usize) -> Result<bool, String> {
        let told = |what: String| format!("{}, dropped after poll {polls}: {what}", operation.name);
        reset(&self.admin).await;
        let db = self.direct_pool().await;
        let outcome = match timeout(LIMIT, Polls { left: polls, work: (operation.run)(db.clone()) }).await {
            Ok(Some(ended)) => Outcome::Ended(ended),
            Ok(None) => Outcome::Dropped,
            Err(_) => return Err(told("it hangs".to_owned())),
        };
        if let Outcome::Ended(ended) = &outcome {
            ensure(ended.is_ok(), || format!("nothing was lost: {ended:?}")).map_err(told)?;
        }
        self.judge(operation.effect, clean, (&outcome, false), &db).await.map_err(told)?;
        Ok(matches!(outcome, Outcome::Dropped))
    }

    /// Checks that the operation's result matches what is stored, once the server has finished with it, and that the pool
    /// works as before.
    async fn judge(
        &self,
        effect: Effect,
        clean: &Clean,
        (outcome, silent): (&Outcome, bool),
        db: &Db,
    ) -> Result<(), String> {
        next_calls(db, outcome, silent).await?;
        self.settles().await?;
        let stored = stored(&self.admin).await;
        let (nothing, all) = (stored == clean.before, stored == clean.after);
        ensure(nothing || all, || format!("neither all nor nothing is stored; {outcome:?}\n{stored}"))?;
        match outcome {
            Outcome::Ended(Ok(result)) => {
                ensure(*result == clean.result, || format!("{result} in place of {}", clean.result))?;
                ensure(all, || "Ok, and nothing is stored".to_owned())
            }
            Outcome::Ended(Err(error)) => match error.kind() {
                ErrorKind::Connection if error.is_retryable() => {
                    ensure(nothing, || format!("it can be tried again, and is stored: {error:?}"))
                }
                ErrorKind::OutcomeUnknown if !error.is_retryable() => {
                    ensure(effect != Effect::Reads, || format!("a read has no outcome: {error:?}"))
                }
                kind => Err(format!("{kind:?}, retryable: {}: {error:?}", error.is_retryable())),
            },
            Outcome::Dropped => Ok(()),
        }
    }

    /// Waits until no backend of the pool is at work or in a transaction, and no more are left than the pool may have.
    async fn settles(&self) -> Result<(), String> {
        let sql = "SELECT array[count(*) FILTER (WHERE state <> 'idle'), count(*)] FROM pg_stat_activity
                   WHERE application_name = 'trial' AND datname = current_database()";
        let began = std::time::Instant::now();
        loop {
            let left: Vec<i64> = one(&self.admin, sql).await;
            if left[0] == 0 && left[1] <= 1 {
                return Ok(());
            }
            ensure(began.elapsed() < LIMIT, || format!("backends at work, and in all: {left:?}"))?;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// Checks that the pool's next calls get their own answers. One call may fail because it notices a connection that was lost
/// after the operation had its result; it can be repeated. If a connection fell silent, a call may time out.
async fn next_calls(db: &Db, outcome: &Outcome, silent: bool) -> Result<(), String> {
    let mut forgiven = matches!(outcome, Outcome::Ended(Ok(_)));
    let mut answers = 0;
    while answers < 3 {
        match timeout(if silent && forgiven { PATIENCE } else { LIMIT }, probe(db)).await {
            Ok(Ok(answer)) if answer == PROBE => answers += 1,
            Ok(Err(error)) if error.kind() == ErrorKind::Connection && forgiven => forgiven = false,
            Err(_) if silent && forgiven => forgiven = false,
            wrong => return Err(format!("the next call: {wrong:?}; after {outcome:?}")),
        }
    }
    Ok(())
}

/// Work that is dropped after this number of waits.
struct Polls<F> {
    left: usize,
    work: F,
}

impl<F: Future<Output: Debug> + Unpin> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        if self.left == 0 {
            return std::task::Poll::Ready(None);
        }
        let polled = std::pin::Pin::new(&mut self.work).poll(context).map(Some);
        self.left -= 1;
        if polled.is_pending() && self.left == 0 {
            return std::task::Poll::Ready(None);
        }
        polled
    }
}
