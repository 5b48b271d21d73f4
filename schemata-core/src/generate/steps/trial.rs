//! Tries steps on the replay's scratch database: what PostgreSQL refuses, and the differences that remain, are known
//! before a file is written. The tables have no rows, so only the shape is proved.

use std::error::Error;

use crate::catalog::{Catalog, CatalogSource, Comparison, Difference, UnmanagedObjects, UnmanagedScope, differences};
use crate::generate::steps::losses::{TableObjects, mark_losses};
use crate::generate::steps::schema_change::{SchemaChange, make};
use crate::generate::steps::step::Step;
use crate::generate::text::literal::prose;
use crate::migrate::apply::retry::AttemptFailure;
use crate::migrate::apply::transaction::{self, RunContext};
use crate::migrate::migration::StepError;
use crate::migrate::migration::context::{self, Migration, Server};
use crate::migrate::migration::effect_recorder::RunMode;
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::migrate::session::probe;
use crate::migrate::steps;
use crate::migrate::{MigrateError, MigrationResult};
use crate::prove::read_catalog::read_catalog;
use crate::prove::replay::Replay;
use crate::prove::same_expressions;

/// A scratch database on which migrations were replayed and steps are tried.
pub(crate) struct StepTrial<'a> {
    context: RunContext<'a>,
    further: &'a [&'a str],
    /// The objects that are left to the database, and so never count as a difference.
    declared: &'a UnmanagedObjects,
}

impl<'a> StepTrial<'a> {
    /// Prepares the trial, and creates the schema unless a migration has.
    pub(crate) async fn open(
        replay: &'a Replay<'_>,
        further: &'a [&'a str],
        declared: &'a UnmanagedObjects,
    ) -> Result<Self, MigrateError> {
        let found = probe(&replay.connection, replay.schema()).await?;
        let context = replay.migrator.schema_run.context(&replay.connection, &found, RunMode::Replay)?;
        let trial = Self { context, further, declared };
        trial.run(&format!("CREATE SCHEMA IF NOT EXISTS {}", trial.context.schema)).await?;
        Ok(trial)
    }

    pub(crate) async fn close(self) {
        self.context.watch.close().await;
    }

    /// Begins a transaction like that of a migration.
    pub(crate) async fn begin(&self) -> Result<(), MigrateError> {
        transaction::open(&self.context).await?;
        self.run("CREATE TEMPORARY TABLE schemata_step () ON COMMIT DROP").await?;
        self.savepoint().await
    }

    /// After `ALTER DOMAIN … DROP CONSTRAINT`, PostgreSQL refuses a savepoint ("there are unprocessed inval messages") until a
    /// statement has written, even if no row.
    async fn savepoint(&self) -> Result<(), MigrateError> {
        self.run("DELETE FROM pg_temp.schemata_step; SAVEPOINT step").await
    }

    pub(crate) async fn commit(&self) -> Result<(), MigrateError> {
        self.run("COMMIT").await
    }

    async fn run(&self, sql: &str) -> Result<(), MigrateError> {
        let failed = |source| MigrateError::Session { step: "trying the steps on a scratch database", source };
        self.context.client.batch_execute(sql).await.map_err(failed)
    }

    /// Reads the present catalog, without the objects that are left to the database.
    pub(crate) async fn catalog(&self) -> Result<Catalog, MigrateError> {
        let mut catalog = read_catalog(self.context.client, self.context.schema, self.further).await?;
        self.declared.remove_from(&mut catalog, UnmanagedScope::Expressible);
        Ok(catalog)
    }

    /// Executes changes like the migrator: by the operations that the written calls record, each inside or outside a
    /// transaction as it needs. A transaction is open before and after. If a change fails, those of its transaction are
    /// undone.
    pub(crate) async fn execute(&self, changes: &[SchemaChange]) -> Result<MigrationResult, MigrateError> {
        let mut recording = Migration::new(self.context.schema.clone(), None);
        if let Err(refusal) = make(&mut recording, changes).await {
            return Ok(Err(refusal));
        }
        for operation in recording.into_parts().0 {
            if let Err(refusal) = self.execute_operation(&operation).await? {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(()))
    }

    async fn execute_operation(&self, operation: &Operation) -> Result<MigrationResult, MigrateError> {
        if operation.kind == OperationKind::Statement {
            let server = Server { client: self.context.client, major: self.context.major, run: self.context.run };
            let done = context::execute(server, self.context.schema, operation).await;
            if done.is_err() {
                self.run("ROLLBACK TO step").await?;
            }
            return Ok(done.map_err(|(statement, source)| StepError::Refused { statement, source }.into()));
        }
        self.commit().await?;
        let done = steps::alone(&self.context, operation).await;
        self.begin().await?;
        match done {
            Ok(()) => Ok(Ok(())),
            Err(AttemptFailure::Step { source, .. }) => Ok(Err(source)),
            Err(AttemptFailure::Run(error)) => Err(error),
        }
    }

    /// Executes changes, or none of those of the transaction that fails. Returns PostgreSQL's message if it refuses one.
    pub(crate) async fn attempt(&self, changes: &[SchemaChange]) -> Result<Result<(), String>, MigrateError> {
        self.savepoint().await?;
        Ok(self.execute(changes).await?.map_err(|refusal| prose(&message(&*refusal))))
    }

    /// Tries every step as if all were decided. A step that PostgreSQL refuses becomes undecided, with PostgreSQL's message.
    /// Returns the steps, and the differences to `after` that they leave.
    pub(crate) async fn try_steps(
        &self,
        steps: Vec<Step>,
        after: &Catalog,
    ) -> Result<(Vec<Step>, Vec<Difference>), MigrateError> {
        self.begin().await?;
        let mut tried = Vec::with_capacity(steps.len());
        let (objects_before, mut objects_after) = (self.table_objects().await?, Vec::new());
        for step in steps {
            let may_lose_objects = step.changes.iter().any(SchemaChange::may_drop_objects);
            match self.attempt(&step.changes).await? {
                Ok(()) => tried.push(step),
                // One of several changes is refused: each of the others may still succeed by itself.
                Err(_) if step.undecided.is_none() && step.changes.len() > 1 => {
                    for change in step.changes {
                        let mut step = Step::decided(change);
                        if let Err(message) = self.attempt(&step.changes).await? {
                            step.undecided = Some(refused(None, &message));
                        }
                        tried.push(step);
                    }
                }
                Err(message) => {
                    let undecided = Some(refused(step.undecided, &message));
                    tried.push(Step { undecided, ..step });
                }
            }
            if may_lose_objects {
                objects_after.push((tried.len() - 1, self.table_objects().await?));
            }
        }
        if !objects_after.is_empty() {
            objects_after.push((tried.len(), self.table_objects().await?));
        }
        mark_losses(&objects_before, &objects_after, &mut tried);
        self.commit().await?;
        let sides = Comparison { expected: CatalogSource::Model, found: CatalogSource::Migrations };
        let mut found = self.catalog().await?;
        // Domains and composite types that no model declares are the database's own.
        found.keep_created_types(after);
        let mut after = after.clone();
        same_expressions::unify(self.context.client, self.context.schema, &found, &mut after).await?;
        Ok((tried, differences(&after, &found, sides)))
    }

    async fn table_objects(&self) -> Result<TableObjects, MigrateError> {
        let schemas: Vec<&str> =
            std::iter::once(self.context.schema.as_str()).chain(self.further.iter().copied()).collect();
        let read = TableObjects::read(self.context.client, &schemas).await;
        read.map_err(|source| MigrateError::Session { step: "looking for what the steps drop", source })
    }
}

/// Returns the reason why a step that PostgreSQL refused is undecided; `why` is the reason it had before.
pub(crate) fn refused(why: Option<String>, message: &str) -> String {
    let why = why.map_or_else(String::new, |why| format!("{why}; "));
    format!("{why}PostgreSQL refuses the step even without rows: {message}")
}

/// Returns PostgreSQL's message.
fn message(refusal: &(dyn Error + Send + Sync + 'static)) -> String {
    let source = match refusal.downcast_ref() {
        Some(StepError::Refused { source, .. }) => Some(source),
        _ => refusal.downcast_ref::<tokio_postgres::Error>(),
    };
    match source {
        Some(source) => source.as_db_error().map_or_else(|| source.to_string(), |error| error.message().to_owned()),
        None => refusal.to_string(),
    }
}
