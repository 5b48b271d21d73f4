//! Runs the migrator's own statements, and turns a refusal into an error that names the step or the statement.
//!
//! Queries are typed and never prepared under a name, so that they work after `DISCARD ALL` and behind a pooler that was not
//! noticed.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use crate::ident::Ident;
use crate::migrate::error::MigrateError;

/// A value bound to a statement, with its type.
pub(crate) type TypedValue<'v> = (&'v (dyn ToSql + Sync), Type);

/// Runs the migrator's statements on a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MigratorSession<'c>(&'c Client);

/// A statement of the migrator that failed.
#[derive(Debug)]
pub(crate) struct StatementError {
    /// What the statement was for.
    pub(crate) step: &'static str,
    /// The statement, if it belongs to a migration: then messages show it instead of the step.
    pub(crate) statement: Option<String>,
    pub(crate) source: tokio_postgres::Error,
}

impl<'c> MigratorSession<'c> {
    pub(crate) fn new(client: &'c Client) -> Self {
        Self(client)
    }

    /// Runs a query of the migrator's own; `step` says what for.
    pub(crate) async fn query(
        self,
        step: &'static str,
        sql: &str,
        values: &[TypedValue<'_>],
    ) -> Result<Vec<Row>, StatementError> {
        self.0.query_typed(sql, values).await.map_err(|source| StatementError::own(step, source))
    }

    /// Runs a query of the migrator's own and returns its first row, if there is one.
    pub(crate) async fn query_opt(
        self,
        step: &'static str,
        sql: &str,
        values: &[TypedValue<'_>],
    ) -> Result<Option<Row>, StatementError> {
        Ok(self.query(step, sql, values).await?.into_iter().next())
    }

    /// Runs a statement of the migrator's own and returns the number of rows it changed.
    pub(crate) async fn execute(
        self,
        step: &'static str,
        sql: &str,
        values: &[TypedValue<'_>],
    ) -> Result<u64, StatementError> {
        self.0.execute_typed(sql, values).await.map_err(|source| StatementError::own(step, source))
    }

    /// Runs statements of the migrator's own, without values, in one message.
    pub(crate) async fn batch(self, step: &'static str, sql: &str) -> Result<(), StatementError> {
        self.0.batch_execute(sql).await.map_err(|source| StatementError::own(step, source))
    }

    /// Runs a statement of a migration: the error shows its text.
    pub(crate) async fn run(self, sql: &str) -> Result<(), StatementError> {
        self.0.batch_execute(sql).await.map_err(|source| StatementError::of(sql, source))
    }

    /// Runs a statement of a migration with values and returns the number of rows it changed: the error shows its text.
    pub(crate) async fn run_with(self, sql: &str, values: &[TypedValue<'_>]) -> Result<u64, StatementError> {
        self.0.execute_typed(sql, values).await.map_err(|source| StatementError::of(sql, source))
    }
}

impl StatementError {
    /// The refusal of a statement of the migrator's own.
    pub(crate) fn own(step: &'static str, source: tokio_postgres::Error) -> Self {
        Self { step, statement: None, source }
    }

    /// The refusal of a migration's statement.
    pub(crate) fn of(statement: &str, source: tokio_postgres::Error) -> Self {
        Self { step: "running a statement", statement: Some(statement.to_owned()), source }
    }

    /// Turns it into the error for the ledger of `schema`, which could not be `step`: `read`, `created`, `upgraded` or
    /// `written`.
    pub(crate) fn of_ledger(self, schema: &Ident, step: &'static str) -> MigrateError {
        MigrateError::Ledger { schema: schema.clone(), step, source: self.source }
    }
}

impl From<StatementError> for MigrateError {
    fn from(StatementError { step, source, .. }: StatementError) -> Self {
        Self::Session { step, source }
    }
}
