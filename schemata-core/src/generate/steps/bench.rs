//! Steps made for real, on the replay: what PostgreSQL refuses there, and what they leave undone, is known before a file is
//! written. Without rows, so that only the shape is proved.

use crate::catalog::{self, Catalog, Declared, Difference, Extent, Side, Sides, differences};
use crate::generate::steps::change::{Change, make};
use crate::generate::steps::losses::{self, Holdings};
use crate::generate::steps::step::Step;
use crate::generate::text::literal::prose;
use crate::migrate::StepError;
use crate::migrate::apply::retry::Failure;
use crate::migrate::apply::transaction::{self, RunContext};
use crate::migrate::migration::context::{self, Migration, Server};
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::migrate::steps;
use crate::migrate::{MigrateError, MigrationResult};

/// A scratch database on which the migrations were replayed.
pub(crate) struct Bench<'a> {
    pub(crate) place: RunContext<'a>,
    pub(crate) further: &'a [&'a str],
    /// The objects that are left to the database, and so never count as a difference.
    pub(crate) declared: &'a Declared,
}

impl Bench<'_> {
    /// Creates the schema, which the first migration would.
    pub(crate) async fn create_schema(&self) -> Result<(), MigrateError> {
        self.run(&format!("CREATE SCHEMA IF NOT EXISTS {}", self.place.schema)).await
    }

    /// Opens a transaction as a migration's.
    pub(crate) async fn begin(&self) -> Result<(), MigrateError> {
        transaction::open(&self.place).await?;
        self.run("SAVEPOINT step").await
    }

    /// Commits it.
    pub(crate) async fn commit(&self) -> Result<(), MigrateError> {
        self.run("COMMIT").await
    }

    async fn run(&self, sql: &str) -> Result<(), MigrateError> {
        let failed = |source| MigrateError::Session { step: "trying the steps on a scratch database", source };
        self.place.client.batch_execute(sql).await.map_err(failed)
    }

    /// Makes changes the way the migrator will: by the operations that the written calls record, each in a transaction or
    /// outside, as it has to be. A transaction is open before and after. Where they cannot be made, what belongs to that
    /// transaction is undone.
    pub(crate) async fn make(&self, changes: &[Change]) -> Result<MigrationResult, MigrateError> {
        let mut recording = Migration::new(self.place.schema.clone(), None);
        if let Err(refusal) = make(&mut recording, changes).await {
            return Ok(Err(refusal));
        }
        for operation in recording.into_parts().0 {
            if let Err(refusal) = self.perform(&operation).await? {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(()))
    }

    async fn perform(&self, operation: &Operation) -> Result<MigrationResult, MigrateError> {
        if operation.kind == OperationKind::Statement {
            let server = Server { client: self.place.client, major: self.place.major, run: self.place.run };
            let done = context::execute(server, self.place.schema, operation).await;
            if done.is_err() {
                self.run("ROLLBACK TO step").await?;
            }
            return Ok(done.map_err(|(statement, source)| StepError::Refused { statement, source }.into()));
        }
        self.commit().await?;
        let done = steps::alone(&self.place, operation).await;
        self.begin().await?;
        match done {
            Ok(()) => Ok(Ok(())),
            Err(Failure::Step { source, .. }) => Ok(Err(source)),
            Err(Failure::Run(error)) => Err(error),
        }
    }

    /// What is there now.
    pub(crate) async fn read(&self) -> Result<Catalog, MigrateError> {
        let read = catalog::read(self.place.client, self.place.schema, self.further).await;
        let mut catalog = read.map_err(|source| MigrateError::Session { step: "reading the catalog", source })?;
        self.declared.take(&mut catalog, Extent::Expressible);
        Ok(catalog)
    }

    /// Makes every step, as if all were decided. A step that PostgreSQL refuses becomes undecided, and says why. Yields the
    /// steps, and what still differs then.
    pub(crate) async fn try_out(
        &self,
        steps: Vec<Step>,
        after: &Catalog,
    ) -> Result<(Vec<Step>, Vec<Difference>), MigrateError> {
        self.begin().await?;
        let mut tried = Vec::with_capacity(steps.len());
        let (before, mut held) = (self.holdings().await?, Vec::new());
        for step in steps {
            let watched = step.changes.iter().any(Change::is_watched);
            match self.attempt(&step.changes).await? {
                Ok(()) => tried.push(step),
                // One of several changes is refused: the others stand on their own.
                Err(_) if step.undecided.is_none() && step.changes.len() > 1 => {
                    for change in step.changes {
                        let mut step = Step::plain(change);
                        if let Err(words) = self.attempt(&step.changes).await? {
                            step.undecided = Some(refused(None, &words));
                        }
                        tried.push(step);
                    }
                }
                Err(words) => {
                    let undecided = Some(refused(step.undecided, &words));
                    tried.push(Step { undecided, ..step });
                }
            }
            if watched {
                held.push((tried.len() - 1, self.holdings().await?));
            }
        }
        if !held.is_empty() {
            held.push((tried.len(), self.holdings().await?));
        }
        losses::tell(&before, &held, &mut tried);
        self.commit().await?;
        let sides = Sides { expected: Side::Model, found: Side::Migrations };
        Ok((tried, differences(after, &self.read().await?, sides)))
    }

    async fn holdings(&self) -> Result<Holdings, MigrateError> {
        let schemas: Vec<&str> =
            std::iter::once(self.place.schema.as_str()).chain(self.further.iter().copied()).collect();
        let read = Holdings::read(self.place.client, &schemas).await;
        read.map_err(|source| MigrateError::Session { step: "looking for what the steps drop", source })
    }

    /// Makes changes, or none of those of the transaction that fails.
    pub(crate) async fn attempt(&self, changes: &[Change]) -> Result<Result<(), String>, MigrateError> {
        self.run("SAVEPOINT step").await?;
        Ok(self.make(changes).await?.map_err(|refusal| prose(&words(&*refusal))))
    }
}

/// Why a step waits for a person that PostgreSQL refused.
pub(crate) fn refused(why: Option<String>, words: &str) -> String {
    let why = why.map_or_else(String::new, |why| format!("{why}; "));
    format!("{why}PostgreSQL refuses the step even without rows: {words}")
}

/// What PostgreSQL said.
fn words(refusal: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    let said = match refusal.downcast_ref() {
        Some(StepError::Refused { source, .. }) => Some(source),
        _ => refusal.downcast_ref::<tokio_postgres::Error>(),
    };
    match said {
        Some(said) => said.as_db_error().map_or_else(|| said.to_string(), |refusal| refusal.message().to_owned()),
        None => refusal.to_string(),
    }
}
