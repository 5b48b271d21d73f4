//! A run of the migrator on one schema, stage by stage: connect, read the ledger, take the lock, read the ledger again,
//! plan, refuse what is dangerous, apply each migration, report.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crate::exec::connect::Address;
use crate::ident::{Ident, quoted};
use crate::migrate::apply::single_transaction;
use crate::migrate::apply::squash_rows;
use crate::migrate::apply::transaction::RunContext;
use crate::migrate::blockers::BlockerWatch;
use crate::migrate::error::{Late, MigrateError};
use crate::migrate::hazard::refusal::Hazardous;
use crate::migrate::hazardous_steps::hazardous_steps;
use crate::migrate::ledger::{self, Applied, LedgerVersion, Unfinished};
use crate::migrate::migration::effect_recorder::RunMode;
use crate::migrate::other_ledger;
use crate::migrate::plan;
use crate::migrate::preconditions::{explain_privilege, not_reserved};
use crate::migrate::record::Recorded;
use crate::migrate::report::{Event, Report};
use crate::migrate::session::{DedicatedConnection, Probe, lock, open_and_probe, probe};
use crate::migrate::settings::{OutOfOrder, RunSettings};
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::steps::stepwise_run;

pub(crate) type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// A schema to migrate, and how.
#[derive(Clone)]
pub(crate) struct SchemaRun {
    pub(crate) schema: Ident,
    /// The last migration to apply; all of them if `None`.
    pub(crate) to: Option<String>,
    pub(crate) out_of_order: OutOfOrder,
    pub(crate) application: String,
    /// How long to wait for another migrator.
    pub(crate) patience: Duration,
    pub(crate) settings: RunSettings,
    pub(crate) observer: Observer,
}

impl SchemaRun {
    /// Returns the same run on another schema, with another observer.
    pub(crate) fn on(&self, schema: Ident, observer: Observer) -> Self {
        Self { schema, observer, ..self.clone() }
    }

    /// Brings the schema in the database at `url` up to date, waiting for other migrators if there is anything to do.
    pub(crate) async fn run(&self, url: &str, known: &[Recorded]) -> Result<Report, MigrateError> {
        self.connected(url, async |connection, first| {
            // Most runs find nothing to do: they take no lock.
            let applied = self.read_ledger(connection, &first).await?;
            let pending = self.pending(known, &applied)?;
            let has_marks = SquashCoverage::of(known, &applied, None).to_mark().next().is_some();
            if pending.is_empty() && !has_marks {
                return Ok(Report::default());
            }
            match first.read_only {
                // Marking squashes can wait.
                Some(_) if pending.is_empty() => return Ok(Report::default()),
                Some(why) => return Err(MigrateError::ReadOnly { why, pending: pending.len() }),
                None => {}
            }
            // Confirms once more that the session is the connection's own: on a pooler, the lock would stay behind.
            probe(connection, &self.schema).await?;
            self.lock(connection).await?;
            // Another migrator may have been at work until now: only what is read under the lock counts.
            let locked = probe(connection, &self.schema).await?;
            self.run_locked(connection, &locked, known).await
        })
        .await
    }

    /// Opens a connection, asks the server what it is, and closes the connection whatever `work` returns.
    pub(crate) async fn connected<T>(
        &self,
        url: &str,
        work: impl AsyncFnOnce(&DedicatedConnection, Probe) -> Result<T, MigrateError>,
    ) -> Result<T, MigrateError> {
        not_reserved(&self.schema)?;
        let (connection, found) = open_and_probe(&Address::parse(url)?, &self.application, &self.schema).await?;
        let outcome = work(&connection, found).await;
        connection.close().await;
        outcome
    }

    /// Waits for the right to change the schema.
    pub(crate) async fn lock(&self, connection: &DedicatedConnection) -> Result<(), MigrateError> {
        lock::acquire(connection, &self.schema, self.patience, &*self.observer).await
    }

    /// Reads the ledger; a schema without one has no migration.
    pub(crate) async fn read_ledger(
        &self,
        connection: &DedicatedConnection,
        found: &Probe,
    ) -> Result<Vec<Applied>, MigrateError> {
        let Some(shape) = LedgerVersion::of(&self.schema, found)? else { return Ok(Vec::new()) };
        ledger::read(connection.session(), &self.schema, shape).await.map_err(|error| {
            explain_privilege(found, error, &self.schema, "read the ledger", |schema| {
                format!(
                    "GRANT USAGE ON SCHEMA {schema} TO {0}; GRANT SELECT ON {schema}.schemata_migrations TO {0}",
                    quoted(&found.role)
                )
            })
        })
    }

    /// Applies what is pending. The connection holds the lock, and `found` was read under it.
    pub(crate) async fn run_locked(
        &self,
        connection: &DedicatedConnection,
        found: &Probe,
        known: &[Recorded],
    ) -> Result<Report, MigrateError> {
        let applied = self.read_ledger(connection, found).await?;
        let pending = self.pending(known, &applied)?;
        for migration in &pending {
            if let Some(after) = plan::late_after(migration, &applied) {
                (self.observer)(&Event::Late { id: migration.entry.id, after: after.to_owned() });
            }
        }
        if pending.iter().any(|migration| migration.entry.sql_file().is_some()) {
            other_ledger::refuse_applied(&other_ledger::read(connection.session(), &self.schema).await?, &pending)?;
        }
        let steps = hazardous_steps(connection, &self.schema, &self.settings, &pending, &applied).await?;
        if !steps.is_empty() {
            return Err(Hazardous { steps }.into());
        }
        self.apply_pending(connection, found, &pending, known, &applied, RunMode::Live).await
    }

    /// Plans: returns the migrations to apply, in order, where `applied` are in the ledger.
    pub(crate) fn pending<'r>(
        &self,
        known: &'r [Recorded],
        applied: &[Applied],
    ) -> Result<Vec<&'r Recorded>, MigrateError> {
        let pending = plan::pending(&self.schema, known, applied, self.to.as_deref())?;
        let late = pending.iter().filter_map(|migration| {
            let after = plan::late_after(migration, applied)?.to_owned();
            Some(Late { id: migration.entry.id.to_owned(), after })
        });
        let late: Vec<Late> = late.collect();
        if self.out_of_order == OutOfOrder::Error && !late.is_empty() {
            return Err(MigrateError::OutOfOrder { late });
        }
        Ok(pending)
    }

    /// Returns the applied migrations and those to apply, each in order. Those beyond `to` are in neither list.
    pub(crate) async fn applied_and_pending<'r>(
        &self,
        connection: &DedicatedConnection,
        found: &Probe,
        known: &'r [Recorded],
    ) -> Result<(Vec<&'r Recorded>, Vec<&'r Recorded>), MigrateError> {
        let applied = self.read_ledger(connection, found).await?;
        let pending = plan::pending(&self.schema, known, &applied, self.to.as_deref())?;
        Ok((plan::applied(known, &applied), pending))
    }

    /// Applies `migrations` to a database that has none of them. A replay leaves out what reaches beyond the database.
    pub(crate) async fn apply(
        &self,
        connection: &DedicatedConnection,
        migrations: &[&Recorded],
        run: RunMode<'_>,
    ) -> Result<Report, MigrateError> {
        let found = probe(connection, &self.schema).await?;
        self.apply_pending(connection, &found, migrations, &[], &[], run).await
    }

    /// Applies `pending`, and marks squashes of `known` as soon as they count as applied.
    async fn apply_pending(
        &self,
        connection: &DedicatedConnection,
        found: &Probe,
        pending: &[&Recorded],
        known: &[Recorded],
        applied: &[Applied],
        run: RunMode<'_>,
    ) -> Result<Report, MigrateError> {
        let mut context = self.context(connection, found, run)?;
        let mut report = Report::default();
        let outcome = self.apply_each(&mut context, pending, known, applied, &mut report).await;
        context.watch.close().await;
        outcome.map_err(|error| {
            explain_privilege(found, error, &self.schema, "create tables in the schema", |schema| {
                if found.schema_exists {
                    format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {}", quoted(&found.role))
                } else {
                    format!("GRANT CREATE ON DATABASE {} TO {}", quoted(&found.database), quoted(&found.role))
                }
            })
        })?;
        Ok(report)
    }

    async fn apply_each(
        &self,
        context: &mut RunContext<'_>,
        pending: &[&Recorded],
        known: &[Recorded],
        applied: &[Applied],
        report: &mut Report,
    ) -> Result<(), MigrateError> {
        let mut rows = applied.to_vec();
        self.mark_squashes(context, known, &mut rows, report).await?;
        for migration in pending {
            let (started, id) = (Instant::now(), migration.entry.id);
            (self.observer)(&Event::Started { id });
            self.apply_one(context, migration, plan::unfinished(migration, applied), &report.applied).await?;
            (self.observer)(&Event::Finished { id, took: started.elapsed() });
            report.applied.push(id.to_owned());
            context.prepare.clear();
            rows.retain(|row| (row.module.as_str(), row.id.as_str()) != (migration.entry.module, id));
            rows.push(Applied::now(migration));
            self.mark_squashes(context, known, &mut rows, report).await?;
        }
        Ok(())
    }

    /// Applies one migration: in one transaction, or step by step. The futures are boxed, so that a run does not enlarge the
    /// stacks of callers that never need it.
    async fn apply_one(
        &self,
        context: &RunContext<'_>,
        migration: &Recorded,
        unfinished: Option<&Unfinished>,
        applied: &[String],
    ) -> Result<(), MigrateError> {
        let observe = &*self.observer;
        if migration.stepwise || unfinished.is_some() {
            Box::pin(stepwise_run::run(context, migration, unfinished, applied, observe)).await
        } else {
            Box::pin(single_transaction::apply(context, migration, applied, observe)).await
        }
    }

    /// Marks the squashes that count as applied, since `rows` list everything they replace.
    async fn mark_squashes(
        &self,
        context: &mut RunContext<'_>,
        known: &[Recorded],
        rows: &mut Vec<Applied>,
        report: &mut Report,
    ) -> Result<(), MigrateError> {
        let squashes: Vec<&Recorded> = SquashCoverage::of(known, rows, None).to_mark().collect();
        if squashes.is_empty() {
            return Ok(());
        }
        Box::pin(squash_rows::mark(context, &squashes, &report.applied, &*self.observer)).await?;
        context.prepare.clear();
        for squash in &squashes {
            (self.observer)(&Event::Marked { id: squash.entry.id });
            report.marked.push(squash.entry.id.to_owned());
        }
        let marked: Vec<Applied> = squashes.into_iter().map(Applied::now).collect();
        rows.extend(marked);
        Ok(())
    }

    /// Returns what migrations are applied with, where the server was found as `found`.
    pub(crate) fn context<'a>(
        &'a self,
        connection: &'a DedicatedConnection,
        found: &Probe,
        run: RunMode<'a>,
    ) -> Result<RunContext<'a>, MigrateError> {
        let mut prepare = Vec::new();
        if !found.schema_exists {
            prepare.push(("created", format!("CREATE SCHEMA {}", self.schema)));
        }
        match LedgerVersion::of(&self.schema, found)? {
            None => prepare.push(("created", ledger::create(&self.schema))),
            Some(LedgerVersion::First | LedgerVersion::Steps) => {
                prepare.extend(ledger::upgrade(&self.schema).map(|statement| ("upgraded", statement)));
            }
            Some(LedgerVersion::Current) => {}
        }
        Ok(RunContext {
            client: &connection.client,
            address: &connection.address,
            backend: found.backend,
            major: found.major,
            schema: &self.schema,
            application: &self.application,
            run,
            prepare,
            settings: self.settings,
            open: AtomicU64::new(0),
            watch: BlockerWatch::new(&connection.address, found.backend, self.settings.lock_timeout),
        })
    }
}
