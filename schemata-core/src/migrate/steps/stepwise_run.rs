//! Runs a migration step by step. Statements share a transaction up to the next commit; steps that cannot share one run
//! alone. The ledger's row is written before the first step and updated with each, so that a run after a crash resumes
//! there.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::ident::Ident;
use crate::migrate::apply::retry::{Attempt, AttemptFailure, FinalFailure};
use crate::migrate::apply::transaction::{OWN_ROLE, RunContext, begin, commit, open, run_outside, with_retries};
use crate::migrate::concurrent_locks;
use crate::migrate::error::{MigrateError, StepwiseError};
use crate::migrate::ledger::{self, Checkpoint, LedgerIdentity, LedgerRow, Progress, Unfinished};
use crate::migrate::migration::context;
use crate::migrate::migration::operation::{BackfillPlan, ConcurrentIndex, Operation, OperationKind};
use crate::migrate::record::checksum::checksum;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Event;
use crate::migrate::session::StatementError;
use crate::migrate::steps::backfill_batch::fill;
use crate::migrate::steps::backfill_key::BackfillKey;
use crate::migrate::steps::concurrent_index;
use crate::migrate::steps::resume::{index_of, resume};

/// A migration under way.
struct StepwiseRun<'a> {
    context: &'a RunContext<'a>,
    migration: &'a Recorded,
    operations: &'a [Operation],
    observe: &'a (dyn Fn(&Event) + Send + Sync),
}

/// Runs `migration`, from where it is `unfinished`.
pub(crate) async fn run(
    context: &RunContext<'_>,
    migration: &Recorded,
    unfinished: Option<&Unfinished>,
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let id = migration.entry.id;
    let (operations, dynamic) = record::operations(migration.entry, context.schema).await?;
    if dynamic {
        return Err(StepwiseError::Reads { id }.into());
    }
    // Checked now, since nothing will show afterwards that the function does something else each time.
    let again = record::operations(migration.entry, &Ident::new("$schema")?).await?.0;
    if checksum(&again, false, migration.entry.replaces) != migration.checksum {
        return Err(MigrateError::NotDeterministic { id });
    }
    let run = StepwiseRun { context, migration, operations: &operations, observe };
    let mut at = match unfinished {
        None => Unfinished::default(),
        Some(unfinished) => resume(id, unfinished, &operations)?,
    };
    let mut outcome = if unfinished.is_some() { run.resume_row(&at).await } else { run.insert_row().await };
    while outcome.is_ok() && at.done < operations.len() {
        outcome = run.next_step(&mut at).await;
    }
    outcome.map_err(|FinalFailure { failure, blockers }| match failure {
        AttemptFailure::Run(error) => error,
        AttemptFailure::Step { statement, source } => MigrateError::Stopped {
            id,
            done: at.done,
            of: operations.len(),
            statement: statement.map(|failed| failed.statement),
            applied: applied.to_vec(),
            blockers,
            source,
        },
    })
}

/// The failure to look at what a statement did, on a scratch database.
fn unseen(source: tokio_postgres::Error) -> AttemptFailure {
    StatementError::own("looking at the locks", source).into()
}

impl StepwiseRun<'_> {
    /// Runs the next steps that belong together.
    async fn next_step(&self, at: &mut Unfinished) -> Result<(), FinalFailure> {
        let done = match &self.operations[at.done].kind {
            OperationKind::Statement => {
                let rest = &self.operations[at.done..];
                let end = rest.iter().position(|operation| operation.kind != OperationKind::Statement);
                // A commit is done together with what it commits.
                let commits = end.is_some_and(|end| rest[end].kind == OperationKind::Commit);
                self.share(at.done, at.done + end.unwrap_or(rest.len()) + usize::from(commits)).await?
            }
            // A commit by itself has nothing left to do: the steps before it committed by themselves.
            OperationKind::AddEnumValue | OperationKind::Commit => self.share(at.done, at.done + 1).await?,
            OperationKind::ConcurrentIndex(index) => self.index(at, index).await?,
            OperationKind::Alone => self.alone(at.done).await?,
            OperationKind::Backfill(plan) => self.backfill(at, plan).await?,
        };
        *at = Unfinished { done, ..Unfinished::default() };
        (self.observe)(&Event::Advanced { id: self.id(), done, of: self.operations.len() });
        Ok(())
    }

    /// Writes the ledger's row.
    async fn insert_row(&self) -> Result<(), FinalFailure> {
        let context = self.context;
        if let Some(recorder) = context.run.recorder() {
            let begun = recorder.start(context.client).await;
            begun.map_err(|source| FinalFailure { failure: unseen(source), blockers: Vec::new() })?;
        }
        self.with_retries(|| {
            Box::pin(async {
                let began = begin(context).await?;
                let row = self.row(&began);
                self.kept(ledger::insert(context.session(), context.schema, &row).await?)?;
                commit(context, self.id()).await
            })
        })
        .await
    }

    /// Updates the ledger's row to what the migration consists of now, and removes what a build that was edited away left
    /// behind.
    async fn resume_row(&self, at: &Unfinished) -> Result<(), FinalFailure> {
        let context = self.context;
        self.with_retries(|| {
            Box::pin(async {
                let began = open(context).await?;
                let row = self.row(&began);
                self.kept(ledger::refresh(context.session(), context.schema, &row, at.begun).await?)?;
                if at.done == self.operations.len() {
                    self.advance(at.done, false, None, Some(&began), Instant::now()).await?;
                }
                commit(context, self.id()).await?;
                match at.operations.get(at.done).filter(|_| !at.begun).and_then(|text| index_of(text)) {
                    Some((schema, name)) => concurrent_index::clean(context, &schema, &name).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// Runs the operations from `from` to `to` in one transaction.
    async fn share(&self, from: usize, to: usize) -> Result<usize, FinalFailure> {
        let (context, session) = (self.context, self.context.session());
        self.with_retries(|| {
            Box::pin(async {
                let started = Instant::now();
                let began = open(context).await?;
                let before = LedgerIdentity::read(session, context.schema).await?;
                if let Some(recorder) = context.run.recorder() {
                    recorder.resume(context.client).await.map_err(unseen)?;
                }
                let statements = self.operations[from..to].iter().filter(|one| one.kind != OperationKind::Commit);
                for operation in statements {
                    let ran = context::execute(context.server(), context.schema, operation).await;
                    ran.map_err(|(statement, source)| AttemptFailure::of(&statement, source))?;
                }
                session.run(OWN_ROLE).await?;
                if !before.is_same(session, context.schema).await? {
                    let schema = context.schema.clone();
                    return Err(AttemptFailure::Run(MigrateError::LedgerTouched { id: self.id(), schema }));
                }
                self.advance(to, false, None, Some(&began), started).await?;
                commit(context, self.id()).await?;
                if let Some(recorder) = context.run.recorder() {
                    recorder.record_commit(
                        self.operations[from..to].last().filter(|one| one.kind == OperationKind::Commit),
                    );
                }
                Ok(())
            })
        })
        .await?;
        Ok(to)
    }

    async fn index(&self, at: &Unfinished, index: &ConcurrentIndex) -> Result<usize, FinalFailure> {
        let (context, operation, done) = (self.context, &self.operations[at.done], at.done);
        self.with_retries(|| {
            Box::pin(async {
                let started = Instant::now();
                if !at.begun {
                    self.advance(done, true, None, None, started).await?;
                }
                let work = concurrent_index::apply(context, index, &operation.text, at.begun);
                match context.run.recorder() {
                    Some(recorder) => concurrent_locks::record(context, recorder, operation, index, work).await?,
                    None => work.await?,
                }
                self.advance(done + 1, false, None, None, started).await
            })
        })
        .await?;
        Ok(done + 1)
    }

    /// Runs an operation outside transactions.
    async fn alone(&self, done: usize) -> Result<usize, FinalFailure> {
        let (context, operation) = (self.context, &self.operations[done]);
        self.with_retries(|| {
            Box::pin(async {
                let started = Instant::now();
                run_outside(context, &operation.text).await?;
                if let Some(recorder) = context.run.recorder() {
                    recorder.resume(context.client).await.map_err(unseen)?;
                    let recorded =
                        recorder.record_outside(context.client, operation, started.elapsed(), BTreeMap::new()).await;
                    recorded.map_err(unseen)?;
                }
                self.advance(done + 1, false, None, None, started).await
            })
        })
        .await?;
        Ok(done + 1)
    }

    async fn backfill(&self, at: &Unfinished, plan: &BackfillPlan) -> Result<usize, FinalFailure> {
        let key = self.with_retries(|| Box::pin(BackfillKey::find(self.context.session(), plan))).await?;
        let mut checkpoint = at.checkpoint.clone().filter(|checkpoint| checkpoint.after.len() == key.len());
        let before = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.rows);
        let beginning = Instant::now();
        loop {
            let so_far = &checkpoint;
            let (next, is_end) =
                self.with_retries(|| Box::pin(self.batch(at.done, plan, &key, so_far.as_ref()))).await?;
            let seconds = beginning.elapsed().as_secs_f64().max(0.001);
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let rate = (next.rows - before) as f64 / seconds;
            (self.observe)(&Event::Backfilled {
                id: self.id(),
                table: plan.table.clone(),
                rows: next.rows,
                changed: next.changed,
                estimated: key.estimated,
                rate,
            });
            if is_end {
                return Ok(at.done + 1);
            }
            checkpoint = Some(next);
        }
    }

    async fn batch(
        &self,
        done: usize,
        plan: &BackfillPlan,
        key: &BackfillKey,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<(Checkpoint, bool), AttemptFailure> {
        let (context, started) = (self.context, Instant::now());
        let began = open(context).await?;
        if let Some(recorder) = context.run.recorder() {
            recorder.resume(context.client).await.map_err(unseen)?;
        }
        let (next, is_end) = fill(context, plan, key, checkpoint).await?;
        if let Some(recorder) = context.run.recorder() {
            let operation = &self.operations[done];
            recorder.record_batch(context.client, operation, plan.batch, started.elapsed()).await.map_err(unseen)?;
        }
        let (done, checkpoint) = if is_end { (done + 1, None) } else { (done, Some(next.clone())) };
        self.advance(done, false, checkpoint, Some(&began), started).await?;
        commit(context, self.id()).await?;
        Ok((next, is_end))
    }

    /// Records in the ledger how far the migration has come.
    async fn advance(
        &self,
        done: usize,
        begun: bool,
        checkpoint: Option<Checkpoint>,
        transaction: Option<&str>,
        since: Instant,
    ) -> Result<(), AttemptFailure> {
        let (schema, entry, of) = (self.context.schema, &self.migration.entry, self.operations.len());
        let progress = Progress { done, of, begun, checkpoint, took: since.elapsed(), transaction };
        self.kept(ledger::advance(self.context.session(), schema, entry, &progress).await?)
    }

    fn kept(&self, kept: bool) -> Result<(), AttemptFailure> {
        if kept { Ok(()) } else { Err(AttemptFailure::Run(StepwiseError::RowGone { id: self.id() }.into())) }
    }

    fn row<'r>(&'r self, began: &'r str) -> LedgerRow<'r> {
        LedgerRow { finished: false, ..self.context.row(self.migration, self.operations, began) }
    }

    fn id(&self) -> &'static str {
        self.migration.entry.id
    }

    /// Makes attempts while others are in the way. A failure leaves no transaction open.
    async fn with_retries<'w, T: Send + 'w>(
        &'w self,
        attempt: impl FnMut() -> Attempt<'w, T>,
    ) -> Result<T, FinalFailure> {
        with_retries(self.context, self.id(), self.observe, attempt).await
    }
}
