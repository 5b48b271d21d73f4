//! Steps made for real, on the replay: what PostgreSQL refuses there, and what they leave undone, is known before a file is
//! written. Without rows, so that only the shape is proved.

use tokio_postgres::Client;

use crate::catalog::{self, Catalog, Difference, Side, Sides, differences};
use crate::generate::change::{Change, Step, make};
use crate::generate::literal::prose;
use crate::ident::Ident;
use crate::migrate::StepError;
use crate::migrate::context::{Migration, Server};
use crate::migrate::watch::Run;
use crate::migrate::{MigrateError, MigrationResult};

/// A scratch database on which the migrations were replayed.
pub(crate) struct Bench<'a> {
    pub(crate) client: &'a Client,
    pub(crate) schema: &'a Ident,
    pub(crate) major: i32,
    pub(crate) further: &'a [&'a str],
}

impl Bench<'_> {
    /// Creates the schema, which the first migration would.
    pub(crate) async fn create_schema(&self) -> Result<(), MigrateError> {
        self.run(&format!("CREATE SCHEMA IF NOT EXISTS {}", self.schema)).await
    }

    /// Opens a transaction with the search path of a migration.
    pub(crate) async fn begin(&self) -> Result<(), MigrateError> {
        self.run(&format!("BEGIN; SET LOCAL search_path = {}, pg_temp", self.schema)).await
    }

    /// Commits it.
    pub(crate) async fn commit(&self) -> Result<(), MigrateError> {
        self.run("COMMIT").await
    }

    async fn run(&self, sql: &str) -> Result<(), MigrateError> {
        let failed = |source| MigrateError::Session { step: "trying the steps on a scratch database", source };
        self.client.batch_execute(sql).await.map_err(failed)
    }

    /// Makes changes.
    pub(crate) async fn make(&self, changes: &[Change]) -> MigrationResult {
        let server = Server { client: self.client, major: self.major, run: Run::Replay };
        make(&mut Migration::new(self.schema.clone(), Some(server)), changes).await
    }

    /// What is there now.
    pub(crate) async fn read(&self) -> Result<Catalog, MigrateError> {
        let read = catalog::read(self.client, self.schema, self.further).await;
        read.map_err(|source| MigrateError::Session { step: "reading the catalog", source })
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
        for step in steps {
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
        }
        self.commit().await?;
        let sides = Sides { expected: Side::Model, found: Side::Migrations };
        Ok((tried, differences(after, &self.read().await?, sides)))
    }

    /// Makes changes, or none of them.
    pub(crate) async fn attempt(&self, changes: &[Change]) -> Result<Result<(), String>, MigrateError> {
        self.run("SAVEPOINT step").await?;
        match self.make(changes).await {
            Ok(()) => Ok(Ok(())),
            Err(refusal) => {
                self.run("ROLLBACK TO step").await?;
                Ok(Err(prose(&words(&*refusal))))
            }
        }
    }
}

/// Why a step waits for a person that PostgreSQL refused.
pub(crate) fn refused(why: Option<String>, words: &str) -> String {
    let why = why.map_or_else(String::new, |why| format!("{why}; "));
    format!("{why}PostgreSQL refuses the step even without rows: {words}")
}

/// What PostgreSQL said.
fn words(refusal: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    match refusal.downcast_ref() {
        Some(StepError::Refused { source, .. }) => {
            source.as_db_error().map_or_else(|| source.to_string(), |refusal| refusal.message().to_owned())
        }
        _ => refusal.to_string(),
    }
}
