//! `Migration`: what a migration function works with.
//!
//! The function runs twice: first without a database, so that its operations are known before anything happens (for the
//! checksum and the dry run), then for real. Reading data needs the database, so the first read ends the recording, and the
//! migration counts as *dynamic*: its checksum covers what it does up to there.

use std::borrow::Cow;
use std::fmt;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use crate::exec::Session;
use crate::exec::message_limits::{SizeLimited, StatementValues, size_limited};
use crate::ident::Ident;
use crate::migrate::migration::effect_recorder::RunMode;
use crate::migrate::migration::operation::{self, FormerName, NameScope, Operation, OperationKind};
use crate::migrate::migration::step_error::{MigrationResult, StepError};
use crate::sql::script;
use crate::sql::secret::redacted;

/// A migration under way, in its own transaction, on the schema that is being migrated.
///
/// Names without a schema mean the migrated schema. The transaction commits when the function returns `Ok`; on an
/// error all of it is rolled back. A migration with [`commit`](Self::commit), or with steps that cannot share a transaction,
/// takes several: what is done stays done, and the next run resumes there.
pub struct Migration<'c> {
    schema: Ident,
    /// `None` while recording.
    server: Option<Server<'c>>,
    operations: Vec<Operation>,
    dynamic: bool,
    /// The reason why the next step may be dangerous.
    allowed: Option<String>,
    failed: Option<FailedStatement>,
    undecided: Option<String>,
    former_names: Vec<FormerName>,
}

/// The server a migration runs on.
#[derive(Clone, Copy)]
pub(crate) struct Server<'c> {
    pub(crate) client: &'c Client,
    /// The server's major version.
    pub(crate) major: i32,
    pub(crate) run: RunMode<'c>,
}

/// The first statement that PostgreSQL refused.
#[derive(Debug, Clone)]
pub(crate) struct FailedStatement {
    pub(crate) statement: String,
    pub(crate) code: Option<SqlState>,
}

impl<'c> Migration<'c> {
    pub(crate) fn new(schema: Ident, server: Option<Server<'c>>) -> Self {
        Self {
            schema,
            server,
            operations: Vec::new(),
            dynamic: false,
            allowed: None,
            failed: None,
            undecided: None,
            former_names: Vec::new(),
        }
    }

    /// Returns the PostgreSQL schema that is being migrated.
    pub fn schema(&self) -> &Ident {
        &self.schema
    }

    /// Allows the next step to be dangerous on a large table: `m.allow("orders is archived").alter_table("orders")…`. The
    /// ledger keeps the reason. An empty reason allows nothing.
    ///
    /// Without it, `migrate` refuses such a step before anything runs, and names the safe alternative.
    pub fn allow(&mut self, reason: &str) -> &mut Self {
        self.allowed = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        self
    }

    /// Runs one SQL statement, or several separated by semicolons.
    ///
    /// # Errors
    /// If PostgreSQL refuses a statement, for BEGIN, COMMIT and the like, and for statements that have a method of
    /// their own.
    pub async fn execute(&mut self, sql: &str) -> MigrationResult {
        let mut operations = Vec::new();
        for statement in script::statements(sql) {
            if script::controls_transaction(statement) {
                return Err(StepError::TransactionControl { statement: statement.to_owned() }.into());
            }
            if let Some(instead) = operation::instead_in_transaction(statement) {
                return Err(StepError::OutsideTransaction { statement: statement.to_owned(), instead }.into());
            }
            operations.push(Operation::statement(statement, NameScope::Own));
        }
        Ok(self.step(operations).await?)
    }

    /// Commits what is done so far. What follows is a transaction of its own, without the locks of what came before:
    /// `VALIDATE` after `NOT VALID`, for example. The migration then runs step by step.
    ///
    /// ```
    /// # use schemata::migrate::{Migration, MigrationResult};
    /// # async fn f(m: &mut Migration<'_>) -> MigrationResult {
    /// m.alter_table("orders").add_constraint("orders_total_check", "CHECK (total >= 0) NOT VALID").await?;
    /// m.commit().await?;
    /// m.alter_table("orders").validate_constraint("orders_total_check").await
    /// # }
    /// ```
    ///
    /// What is committed stays if the rest fails: the same transaction records in the ledger how far the migration has come,
    /// and the next run resumes after it. Settings, roles and temporary tables end here. Tables that the migration made
    /// still count as new.
    ///
    /// # Errors
    /// In a migration that reads. At the beginning or the end of a migration, and twice in a row, it is refused before
    /// anything runs ([`MigrateError::Stepwise`](crate::migrate::MigrateError::Stepwise)).
    pub async fn commit(&mut self) -> MigrationResult {
        Ok(self.step([Operation::commit()]).await?)
    }

    /// Stops the migration until a person has decided: `generate` writes this before a step that would lose data, with the
    /// step after it in comments. `migrate`, `plan`, `status` and `check` then refuse, and name the decision.
    ///
    /// # Errors
    /// Always.
    pub fn undecided(&mut self, what: &str) -> MigrationResult {
        self.undecided.get_or_insert_with(|| what.to_owned());
        Err(StepError::Undecided { what: what.to_owned() }.into())
    }

    /// States that `table` was called `old` before a squash. Nothing runs: `generate` then knows that the rename was made,
    /// although another table has the name `old` now.
    ///
    /// `squash` writes this where two or more tables exchanged their names. A table outside the migrated schema is
    /// named with its schema.
    pub fn table_was(&mut self, table: &str, old: &str) {
        self.former_names.push(FormerName { table: table.to_owned(), column: None, old: old.to_owned() });
    }

    /// States that a column of `table` was called `old` before a squash, as [`table_was`](Self::table_was) does for tables.
    pub fn column_was(&mut self, table: &str, column: &str, old: &str) {
        let column = Some(column.to_owned());
        self.former_names.push(FormerName { table: table.to_owned(), column, old: old.to_owned() });
    }

    #[cfg(feature = "dev")]
    pub(crate) fn take_former_names(self) -> Vec<FormerName> {
        self.former_names
    }

    /// Returns the decision that keeps it from running, even if the function did not pass the error on.
    pub(crate) fn take_undecided(&mut self) -> Option<String> {
        self.undecided.take()
    }

    /// Runs a query with bound values and returns its rows. The migration becomes dynamic.
    ///
    /// # Errors
    /// If PostgreSQL refuses it, and for BEGIN, COMMIT and the like. While the migration is recorded, an error to be
    /// passed on with `?`: the migrator expects it.
    pub async fn query(&mut self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> MigrationResult<Vec<Row>> {
        if script::controls_transaction(sql) {
            return Err(StepError::TransactionControl { statement: sql.to_owned() }.into());
        }
        let client = self.client()?;
        let hidden: Vec<SizeLimited<'_>> = size_limited(StatementValues::Given(values)).collect();
        let values: Vec<&(dyn ToSql + Sync)> = hidden.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let rows = client.query(sql, &values).await;
        rows.map_err(|source| self.refused(sql, source).into())
    }

    /// Returns the transaction as an executor for model operations: `frozen::Order::select().fetch(&m.session()?)`.
    /// The migration becomes dynamic.
    ///
    /// # Errors
    /// While the migration is recorded, to be passed on with `?`: the migrator expects it.
    pub fn session(&mut self) -> MigrationResult<Session<'_>> {
        let client = self.client()?;
        Ok(Session::new(client, &self.schema))
    }

    /// Returns the driver's connection, inside the transaction, for what no other method does. The migration becomes
    /// dynamic.
    ///
    /// # Hazards
    /// Ending the transaction through it makes the migration fail, and what was committed stays.
    ///
    /// # Errors
    /// As for [`session`](Self::session).
    pub fn client(&mut self) -> MigrationResult<&'c Client> {
        self.dynamic = true;
        self.server.map(|server| server.client).ok_or_else(|| StepError::Recording.into())
    }

    /// Returns the server's major version, unless the migration is being recorded.
    pub(crate) fn major(&self) -> Option<i32> {
        self.server.map(|server| server.major)
    }

    /// Runs the operations of one step. An [`allow`](Self::allow) before it covers all of them.
    pub(crate) async fn step(&mut self, operations: impl IntoIterator<Item = Operation>) -> Result<(), StepError> {
        let allowed = self.allowed.take();
        for operation in operations {
            self.run(Operation { allowed: allowed.clone(), ..operation }).await?;
        }
        Ok(())
    }

    async fn run(&mut self, operation: Operation) -> Result<(), StepError> {
        let Some(server) = self.server else {
            if !self.dynamic {
                self.operations.push(operation);
            }
            return Ok(());
        };
        if operation.is_outside() {
            let statement =
                if operation.kind == OperationKind::Commit { "m.commit()".to_owned() } else { operation.shown() };
            return Err(StepError::AfterRead { statement });
        }
        match execute(server, &self.schema, &operation).await {
            Ok(()) => {
                self.operations.push(operation);
                Ok(())
            }
            Err((statement, source)) => Err(self.refused(&statement, source)),
        }
    }

    fn refused(&mut self, statement: &str, source: tokio_postgres::Error) -> StepError {
        let (code, statement) = (source.code().cloned(), redacted(statement).into_owned());
        self.failed.get_or_insert(FailedStatement { statement: statement.clone(), code });
        StepError::Refused { statement, source }
    }

    pub(crate) fn into_parts(self) -> (Vec<Operation>, bool, Option<FailedStatement>) {
        (self.operations, self.dynamic, self.failed)
    }
}

/// Runs `operation` in the transaction that is open on `server`; on failure, returns the statement that PostgreSQL refused.
pub(crate) async fn execute(
    server: Server<'_>,
    schema: &Ident,
    operation: &Operation,
) -> Result<(), (String, tokio_postgres::Error)> {
    let Operation { text, names, unless, .. } = operation;
    if let Some(query) = unless
        && !server.client.query(query, &[]).await.map_err(|source| (query.clone(), source))?.is_empty()
    {
        return Ok(());
    }
    // Roles and databases belong to the whole server: a replay must not change them.
    if server.run.is_replay() && script::reaches_beyond_database(text) {
        return Ok(());
    }
    let sql = match names {
        NameScope::WithExtensions if schema.as_str() != "public" => format!(
            "SET LOCAL search_path = {schema}, public, pg_temp;\n{text}\n;SET LOCAL search_path = {schema}, pg_temp"
        ),
        _ => text.clone(),
    };
    let work = send(server.client, &sql, *names == NameScope::Own);
    let done = match server.run.recorder() {
        Some(recorder) => recorder.record_statement(server.client, operation, work).await,
        None => work.await,
    };
    done.map_err(|source| (text.clone(), source))
}

/// Sends `sql`. The driver logs the text of simple statements at level DEBUG, but not that of typed ones. So a
/// statement with a password goes as a typed one, which has to be a `single` statement.
async fn send(client: &Client, sql: &str, single: bool) -> Result<(), tokio_postgres::Error> {
    if single && matches!(redacted(sql), Cow::Owned(_)) {
        client.execute_typed(sql, &[]).await.map(drop)
    } else {
        client.batch_execute(sql).await
    }
}

impl fmt::Debug for Migration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migration").field("schema", &self.schema).field("recording", &self.server.is_none()).finish()
    }
}
