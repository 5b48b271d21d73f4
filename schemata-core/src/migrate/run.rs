//! A run of the migrator: waiting for the lock, refusing what is dangerous, applying what is pending.

use std::sync::atomic::AtomicU64;
use std::time::Instant;

use crate::ident::quoted;
use crate::migrate::apply::whole as apply;
use crate::migrate::blockers::Watch;
use crate::migrate::error::MigrateError;
use crate::migrate::preconditions;
use crate::migrate::hazard::find::{Found, hazards};
use crate::migrate::hazard::live;
use crate::migrate::hazard::past::Past;
use crate::migrate::hazard::refusal::{Hazardous, HazardousStep};
use crate::migrate::ledger::{self, Applied, Shape, Unfinished};
use crate::migrate::migrator::Migrator;
use crate::migrate::migration::operation::Operation;
use crate::migrate::plan;
use crate::migrate::record::{self, Recorded};
use crate::migrate::report::{Event, Report};
use crate::migrate::session::{Connection, Probe, probe};
use crate::migrate::apply::mark;
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::steps::run as steps;
use crate::migrate::apply::transaction::Place;
use crate::migrate::watch::Run;

/// What tells which squashes count as applied.
struct History<'a> {
    known: &'a [Recorded],
    applied: &'a [Applied],
}

impl Migrator {
    /// Brings the schema up to date, waiting for other migrators if there is anything to do.
    pub(crate) async fn migrate(
        &self,
        connection: &Connection,
        found: Probe,
        known: &[Recorded],
    ) -> Result<Report, MigrateError> {
        let applied = self.applied(connection, &found).await?;
        let pending = self.left(known, &applied)?;
        let marks = SquashCoverage::of(known, &applied, None).to_mark().count();
        if pending.is_empty() && marks == 0 {
            return Ok(Report::default());
        }
        if let Some(why) = found.read_only {
            // To take note of a squash can wait.
            let waits = MigrateError::ReadOnly { why, pending: pending.len() };
            return if pending.is_empty() { Ok(Report::default()) } else { Err(waits) };
        }
        let again = probe(&connection.client, self.target()).await?;
        preconditions::same_process(connection, &found, &again)?;
        self.lock(connection).await?;
        // Another migrator may have been at work until now: only what the lock protects counts.
        let found = probe(&connection.client, self.target()).await?;
        preconditions::same_process(connection, &again, &found)?;
        let applied = self.applied(connection, &found).await?;
        self.carry_out(connection, &found, known, &applied).await
    }

    /// Applies what is missing beside `applied`, under the lock, where the server was found as `found`.
    pub(crate) async fn carry_out(
        &self,
        connection: &Connection,
        found: &Probe,
        known: &[Recorded],
        applied: &[Applied],
    ) -> Result<Report, MigrateError> {
        let pending = self.left(known, applied)?;
        for ((_, id), after) in plan::late(&pending, applied) {
            self.observer()(&Event::Late { id, after });
        }
        self.refuse_hazards(connection, &pending, applied).await?;
        self.apply_from(connection, found, &pending, &History { known, applied }, Run::Live).await
    }

    async fn refuse_hazards(
        &self,
        connection: &Connection,
        pending: &[&Recorded],
        applied: &[Applied],
    ) -> Result<(), MigrateError> {
        let steps = self.hazardous(connection, pending, applied).await?;
        if steps.is_empty() { Ok(()) } else { Err(Hazardous { steps }.into()) }
    }

    /// The steps that would keep others from large tables. What is done of an unfinished migration is done.
    pub(crate) async fn hazardous(
        &self,
        connection: &Connection,
        pending: &[&Recorded],
        applied: &[Applied],
    ) -> Result<Vec<HazardousStep>, MigrateError> {
        let mut all: Vec<(&'static str, Vec<Operation>, Vec<Found>)> = Vec::new();
        let mut past = Past::default();
        for migration in pending {
            let (operations, _) = record::operations(migration.entry, self.target()).await?;
            let done = plan::unfinished(migration, applied).map_or(0, |unfinished| unfinished.done);
            let mut found = hazards(self.target(), &operations, &mut past);
            found.retain(|one| one.step >= done && one.allowed.is_none());
            all.push((migration.entry.id, operations, found));
        }
        self.of_large_tables(connection, &all).await
    }

    /// What was `found` on tables that are large in the database of `connection`.
    async fn of_large_tables(
        &self,
        connection: &Connection,
        found: &[(&'static str, Vec<Operation>, Vec<Found>)],
    ) -> Result<Vec<HazardousStep>, MigrateError> {
        let all: Vec<&Found> = found.iter().flat_map(|(_, _, found)| found).collect();
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let mut sizes = live::sizes(&connection.client, &all).await?.into_iter();
        let mut steps = Vec::new();
        for (id, operations, found) in found {
            for one in found {
                let Some(size) = sizes.next().flatten() else { continue };
                if size.is_large(&self.settings()) && !size.excuses(one.unless.as_ref()) {
                    steps.push(HazardousStep {
                        migration: id,
                        statement: operations[one.step].shown(),
                        hazard: one.hazard.clone(),
                        rows: size.rows,
                        bytes: size.bytes,
                    });
                }
            }
        }
        Ok(steps)
    }

    /// Applies `pending` to a database that has none of it; in a replay, without what reaches beyond the database.
    pub(crate) async fn apply(
        &self,
        connection: &Connection,
        pending: &[&Recorded],
        run: Run<'_>,
    ) -> Result<Report, MigrateError> {
        let found = probe(&connection.client, self.target()).await?;
        self.apply_from(connection, &found, pending, &History { known: &[], applied: &[] }, run).await
    }

    async fn apply_from(
        &self,
        connection: &Connection,
        found: &Probe,
        pending: &[&Recorded],
        history: &History<'_>,
        run: Run<'_>,
    ) -> Result<Report, MigrateError> {
        let mut place = self.place(connection, found, run)?;
        let mut report = Report::default();
        let outcome = self.go_through(&mut place, pending, history, &mut report).await;
        place.watch.close().await;
        outcome.map_err(|error| {
            preconditions::privilege(found, error, self.target(), "create tables in the schema", |schema| {
                if found.schema_exists {
                    format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {}", quoted(&found.role))
                } else {
                    format!("GRANT CREATE ON DATABASE {} TO {}", quoted(&found.database), quoted(&found.role))
                }
            })
        })?;
        Ok(report)
    }

    /// Applies `pending`; each squash whose last piece that was, or is there already, is noted.
    async fn go_through(
        &self,
        place: &mut Place<'_>,
        pending: &[&Recorded],
        history: &History<'_>,
        report: &mut Report,
    ) -> Result<(), MigrateError> {
        let mut rows = history.applied.to_vec();
        self.mark(place, history.known, &mut rows, report).await?;
        for migration in pending {
            let unfinished = plan::unfinished(migration, history.applied);
            self.apply_one(place, migration, unfinished, report).await?;
            place.prepare.clear();
            rows.retain(|row| (row.module.as_str(), row.id.as_str()) != (migration.entry.module, migration.entry.id));
            rows.push(Applied::now(migration));
            self.mark(place, history.known, &mut rows, report).await?;
        }
        Ok(())
    }

    async fn mark(
        &self,
        place: &mut Place<'_>,
        known: &[Recorded],
        rows: &mut Vec<Applied>,
        report: &mut Report,
    ) -> Result<(), MigrateError> {
        let squashes: Vec<&Recorded> = SquashCoverage::of(known, rows, None).to_mark().collect();
        if squashes.is_empty() {
            return Ok(());
        }
        // Boxed, so that it does not weigh on the stacks of those that have no squash.
        Box::pin(mark::mark(place, &squashes, &report.applied, self.observer())).await?;
        place.prepare.clear();
        for squash in &squashes {
            self.observer()(&Event::Marked { id: squash.entry.id });
            report.marked.push(squash.entry.id.to_owned());
        }
        let marked: Vec<Applied> = squashes.into_iter().map(Applied::now).collect();
        rows.extend(marked);
        Ok(())
    }

    async fn apply_one(
        &self,
        place: &Place<'_>,
        migration: &Recorded,
        unfinished: Option<&Unfinished>,
        report: &mut Report,
    ) -> Result<(), MigrateError> {
        let started = Instant::now();
        let id = migration.entry.id;
        let observe = self.observer();
        observe(&Event::Started { id });
        if migration.stepwise || unfinished.is_some() {
            // Boxed, so that a run does not weigh on the stacks of those that never need it.
            Box::pin(steps::run(place, migration, unfinished, &report.applied, observe)).await?;
        } else {
            Box::pin(apply::apply(place, migration, &report.applied, observe)).await?;
        }
        observe(&Event::Finished { id, took: started.elapsed() });
        report.applied.push(id.to_owned());
        Ok(())
    }

    /// Where migrations are applied.
    pub(crate) fn place<'a>(
        &'a self,
        connection: &'a Connection,
        found: &Probe,
        run: Run<'a>,
    ) -> Result<Place<'a>, MigrateError> {
        Ok(Place {
            client: &connection.client,
            address: &connection.address,
            backend: found.backend,
            major: found.major,
            schema: self.target(),
            application: self.application_name(),
            run,
            prepare: self.prepare(found)?,
            settings: self.settings(),
            open: AtomicU64::new(0),
            watch: Watch::new(&connection.address, found.backend, self.settings().lock_timeout),
        })
    }

    /// What has to be done before the first migration.
    fn prepare(&self, found: &Probe) -> Result<Vec<(&'static str, String)>, MigrateError> {
        let mut statements = Vec::new();
        if !found.schema_exists {
            statements.push(("created", format!("CREATE SCHEMA {}", self.target())));
        }
        match ledger::shape(self.target(), found)? {
            None => statements.push(("created", ledger::create(self.target()))),
            Some(Shape::First | Shape::Steps) => {
                statements.extend(ledger::upgrade(self.target()).map(|statement| ("upgraded", statement)));
            }
            Some(Shape::Current) => {}
        }
        Ok(statements)
    }
}
