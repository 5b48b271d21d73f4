//! Running a migration step by step. Statements share a transaction up to the next commit; what cannot share one runs alone.
//! The ledger's row is there before the first step and moves on with each, so that a run after a crash carries on.

use std::time::Instant;

use crate::ident::Ident;
use crate::migrate::record::checksum::checksum;
use crate::migrate::migration::context::{self, Server};
use crate::migrate::error::MigrateError;
use crate::migrate::ledger::{self, Advance, Checkpoint, Entry, Identity, Row, Unfinished};
use crate::migrate::migration::operation::{BackfillPlan, ConcurrentIndex, Operation, OperationKind};
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::Event;
use crate::migrate::apply::retry::{Failed, Failure, Work};
use crate::migrate::steps::backfill_batch;
use crate::migrate::steps::concurrent_index;
use crate::migrate::error::StepwiseError;
use crate::migrate::steps::backfill_key::Key;
use crate::migrate::steps::resume;
use crate::migrate::apply::transaction::{self, OWN_ROLE, Place, begin, commit, open};
use crate::migrate::witness;

/// A migration under way.
struct Course<'a> {
    place: &'a Place<'a>,
    migration: &'a Recorded,
    operations: &'a [Operation],
    observe: &'a (dyn Fn(&Event) + Send + Sync),
}

/// Runs `migration`, from where it is `unfinished`.
pub(crate) async fn run(
    place: &Place<'_>,
    migration: &Recorded,
    unfinished: Option<&Unfinished>,
    applied: &[String],
    observe: &(dyn Fn(&Event) + Send + Sync),
) -> Result<(), MigrateError> {
    let id = migration.entry.id;
    let (operations, dynamic) = record::operations(migration.entry, place.schema).await?;
    if dynamic {
        return Err(StepwiseError::Reads { id }.into());
    }
    // Nothing will show afterwards that the function does something else each time.
    let again = record::operations(migration.entry, &Ident::new("$schema")?).await?.0;
    if checksum(&again, false, migration.entry.replaces) != migration.checksum {
        return Err(MigrateError::NotDeterministic { id });
    }
    let course = Course { place, migration, operations: &operations, observe };
    let mut at = match unfinished {
        None => Unfinished::default(),
        Some(unfinished) => resume::place(id, unfinished, &operations)?,
    };
    let mut outcome = if unfinished.is_some() { course.carry_on(&at).await } else { course.enter().await };
    while outcome.is_ok() && at.done < operations.len() {
        outcome = course.next(&mut at).await;
    }
    outcome.map_err(|Failed { failure, blockers }| match failure {
        Failure::Run(error) => error,
        Failure::Step { statement, source } => StepwiseError::Stopped {
            id,
            done: at.done,
            of: operations.len(),
            statement: statement.map(|failed| failed.statement),
            applied: applied.to_vec(),
            blockers,
            source,
        }
        .into(),
    })
}

impl Course<'_> {
    /// Does the next steps that belong together.
    async fn next(&self, at: &mut Unfinished) -> Result<(), Failed> {
        let done = match &self.operations[at.done].kind {
            OperationKind::Statement => {
                let rest = &self.operations[at.done..];
                let end = rest.iter().position(|operation| operation.kind != OperationKind::Statement);
                // A commit is done with what it commits.
                let commits = end.is_some_and(|end| rest[end].kind == OperationKind::Commit);
                self.share(at.done, at.done + end.unwrap_or(rest.len()) + usize::from(commits)).await?
            }
            // Alone, a commit has nothing left to do: what stands before it committed by itself.
            OperationKind::AddEnumValue | OperationKind::Commit => self.share(at.done, at.done + 1).await?,
            OperationKind::ConcurrentIndex(index) => self.index(at, index).await?,
            OperationKind::Backfill(plan) => self.backfill(at, plan).await?,
        };
        *at = Unfinished { done, ..Unfinished::default() };
        (self.observe)(&Event::Advanced { id: self.id(), done, of: self.operations.len() });
        Ok(())
    }

    /// Writes the ledger's row.
    async fn enter(&self) -> Result<(), Failed> {
        if let Some(watch) = self.place.run.watch() {
            let looked = watch.begin(self.place.client).await;
            let failed = |source| Failure::of("looking at the locks", source);
            looked.map_err(|source| Failed { failure: failed(source), blockers: Vec::new() })?;
        }
        self.patiently(|| {
            Box::pin(async {
                let began = begin(self.place).await.map_err(Failure::Run)?;
                let entry = self.entry(&began);
                let written = ledger::begin(self.place.client, self.place.schema, &entry).await;
                self.kept(written.map_err(|source| Failure::of("INSERT INTO schema_migrations", source))?)?;
                commit(self.place, self.id()).await
            })
        })
        .await
    }

    /// Tells the ledger what the migration consists of now, and removes what a build that was edited away left behind.
    async fn carry_on(&self, at: &Unfinished) -> Result<(), Failed> {
        self.patiently(|| {
            Box::pin(async {
                let began = open(self.place).await.map_err(Failure::Run)?;
                let written =
                    ledger::refresh(self.place.client, self.place.schema, &self.entry(&began), at.begun).await;
                self.kept(written.map_err(|source| Failure::of("UPDATE schema_migrations", source))?)?;
                if at.done == self.operations.len() {
                    self.advance(at.done, false, None, Some(&began), Instant::now()).await?;
                }
                commit(self.place, self.id()).await?;
                match at.operations.get(at.done).filter(|_| !at.begun).and_then(|text| resume::index_of(text)) {
                    Some((schema, name)) => concurrent_index::clean(self.place, &schema, &name).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// The operations from `from` to `to`, in one transaction.
    async fn share(&self, from: usize, to: usize) -> Result<usize, Failed> {
        let Place { client, major, run, .. } = *self.place;
        self.patiently(|| {
            Box::pin(async {
                let started = Instant::now();
                let began = open(self.place).await.map_err(Failure::Run)?;
                let unseen = |source| Failure::of("looking at the ledger", source);
                let before = Identity::read(client, self.place.schema).await.map_err(unseen)?;
                if let Some(watch) = run.watch() {
                    watch.resume(client).await.map_err(|source| Failure::of("looking at the locks", source))?;
                }
                let statements = self.operations[from..to].iter().filter(|one| one.kind != OperationKind::Commit);
                for operation in statements {
                    let ran = context::execute(Server { client, major, run }, self.place.schema, operation).await;
                    ran.map_err(|(statement, source)| Failure::of(&statement, source))?;
                }
                client.batch_execute(OWN_ROLE).await.map_err(|source| Failure::of(OWN_ROLE, source))?;
                if !before.is_same(client, self.place.schema).await.map_err(unseen)? {
                    return Err(Failure::Run(transaction::ledger_touched(self.place, self.id())));
                }
                self.advance(to, false, None, Some(&began), started).await?;
                commit(self.place, self.id()).await?;
                if let Some(watch) = run.watch() {
                    watch.committed(self.operations[from..to].last().filter(|one| one.kind == OperationKind::Commit));
                }
                Ok(())
            })
        })
        .await?;
        Ok(to)
    }

    async fn index(&self, at: &Unfinished, index: &ConcurrentIndex) -> Result<usize, Failed> {
        let (operation, done) = (&self.operations[at.done], at.done);
        self.patiently(|| {
            Box::pin(async {
                let started = Instant::now();
                if !at.begun {
                    self.advance(done, true, None, None, started).await?;
                }
                let work = concurrent_index::apply(self.place, index, &operation.text, at.begun);
                match self.place.run.watch() {
                    Some(watch) => witness::during(self.place, watch, operation, index, work).await?,
                    None => work.await?,
                }
                self.advance(done + 1, false, None, None, started).await
            })
        })
        .await?;
        Ok(done + 1)
    }

    async fn backfill(&self, at: &Unfinished, plan: &BackfillPlan) -> Result<usize, Failed> {
        let key = self.patiently(|| Box::pin(Key::find(self.place.client, plan))).await?;
        let mut checkpoint = at.checkpoint.clone().filter(|checkpoint| checkpoint.after.len() == key.len());
        let before = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.rows);
        let beginning = Instant::now();
        loop {
            let so_far = &checkpoint;
            let (next, is_end) = self.patiently(|| Box::pin(self.batch(at.done, plan, &key, so_far.as_ref()))).await?;
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
        key: &Key,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<(Checkpoint, bool), Failure> {
        let started = Instant::now();
        let began = open(self.place).await.map_err(Failure::Run)?;
        let unseen = |source| Failure::of("looking at the locks", source);
        if let Some(watch) = self.place.run.watch() {
            watch.resume(self.place.client).await.map_err(unseen)?;
        }
        let (next, is_end) = backfill_batch::fill(self.place, plan, key, checkpoint).await?;
        if let Some(watch) = self.place.run.watch() {
            let operation = &self.operations[done];
            watch.batch(self.place.client, operation, plan.batch, started.elapsed()).await.map_err(unseen)?;
        }
        if is_end {
            self.advance(done + 1, false, None, Some(&began), started).await?;
        } else {
            self.advance(done, false, Some(next.clone()), Some(&began), started).await?;
        }
        commit(self.place, self.id()).await?;
        Ok((next, is_end))
    }

    async fn advance(
        &self,
        done: usize,
        begun: bool,
        checkpoint: Option<Checkpoint>,
        transaction: Option<&str>,
        since: Instant,
    ) -> Result<(), Failure> {
        let entry = self.migration.entry;
        let row = Row { schema: self.place.schema, module: entry.module, id: entry.id };
        let of = self.operations.len();
        let advance = Advance { done, of, begun, checkpoint, took: since.elapsed(), transaction };
        let written = ledger::advance(self.place.client, row, &advance).await;
        self.kept(written.map_err(|source| Failure::of("UPDATE schema_migrations", source))?)
    }

    fn kept(&self, kept: bool) -> Result<(), Failure> {
        if kept { Ok(()) } else { Err(Failure::Run(StepwiseError::RowGone { id: self.id() }.into())) }
    }

    fn entry<'e>(&'e self, began: &'e str) -> Entry<'e> {
        Entry::of(self.migration, self.operations, self.place.application, began)
    }

    fn id(&self) -> &'static str {
        self.migration.entry.id
    }

    /// Does `work`, again while others are in its way; where it fails, no transaction stays open.
    async fn patiently<'w, T: Send + 'w>(&'w self, work: impl FnMut() -> Work<'w, T>) -> Result<T, Failed> {
        transaction::patiently(self.place, self.id(), self.observe, work).await
    }
}
