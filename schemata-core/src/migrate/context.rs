//! `Migration`: what a migration function works with.
//!
//! The function runs twice: once without a database, so that its operations are known before anything happens (the
//! checksum, the dry run), and once for real. Reading data needs the database, so the first read ends the recording,
//! and the migration counts as *dynamic*: its checksum covers what it does up to there.

use std::fmt;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use crate::exec::Session;
use crate::ident::{Ident, IdentError};
use crate::sql::ddl::DdlError;
use crate::sql::script;

/// A migration under way, in its own transaction, on the schema that is being migrated.
///
/// Names without a schema mean the migrated schema. The transaction commits when the function returns `Ok`; on an
/// error all of it is rolled back.
pub struct Migration<'c> {
    schema: Ident,
    /// `None` while recording.
    server: Option<Server<'c>>,
    operations: Vec<String>,
    dynamic: bool,
    failed: Option<FailedStatement>,
    undecided: Option<String>,
}

/// The server a migration runs on.
#[derive(Clone, Copy)]
pub(crate) struct Server<'c> {
    pub(crate) client: &'c Client,
    /// Like 15.
    pub(crate) major: i32,
    /// Whether this is a replay on a scratch database.
    pub(crate) replay: bool,
}

/// Where a statement's unqualified names are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// In the migrated schema only: SQL of the user's, which might drop or change what it finds elsewhere.
    Own,
    /// In `public` too, where extensions put their types: statements of the library's, which qualify every table.
    WithExtensions,
}

/// The first statement PostgreSQL refused.
#[derive(Debug, Clone)]
pub(crate) struct FailedStatement {
    pub(crate) statement: String,
    pub(crate) code: Option<SqlState>,
}

/// Why a step of a migration could not be done. Return it with `?`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// PostgreSQL refused a statement.
    #[error("PostgreSQL refused a statement")]
    Refused {
        /// The statement.
        statement: String,
        /// What it said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The step reads, and the migration is only being recorded. Pass it on: the migrator knows.
    #[error("this step needs the database, and the migration is only being recorded")]
    Recording,
    /// A statement would begin or end a transaction.
    #[error("a migration runs in one transaction already; remove `{statement}`")]
    TransactionControl {
        /// The statement.
        statement: String,
    },
    /// A step that a person has to decide on. The migration runs nowhere until then.
    #[error("undecided: {what}")]
    Undecided {
        /// What would happen, and what would be lost.
        what: String,
    },
    /// A model uses what this server does not have.
    #[error("{feature} on table {table} needs PostgreSQL {needs} or newer; the server is PostgreSQL {major}")]
    ServerTooOld {
        /// Like `nulls_not_distinct`.
        feature: &'static str,
        /// The table.
        table: &'static str,
        /// The first version that has it.
        needs: i32,
        /// The server's version.
        major: i32,
    },
    /// The tables cannot be created together.
    #[error(transparent)]
    Ddl(#[from] DdlError),
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}

impl<'c> Migration<'c> {
    pub(crate) fn new(schema: Ident, server: Option<Server<'c>>) -> Self {
        Self { schema, server, operations: Vec::new(), dynamic: false, failed: None, undecided: None }
    }

    /// The PostgreSQL schema that is being migrated.
    pub fn schema(&self) -> &Ident {
        &self.schema
    }

    /// Runs one SQL statement, or several separated by semicolons.
    ///
    /// # Errors
    /// [`StepError::Refused`] with the statement that failed; [`StepError::TransactionControl`] for BEGIN, COMMIT and
    /// their like.
    pub async fn execute(&mut self, sql: &str) -> Result<(), StepError> {
        for statement in script::statements(sql) {
            if script::controls_transaction(statement) {
                return Err(StepError::TransactionControl { statement: statement.to_owned() });
            }
            self.run(statement.to_owned(), Names::Own, None).await?;
        }
        Ok(())
    }

    /// Stops the migration until a person has decided: `generate` writes this before a step that would lose data, with the
    /// step behind it in comments. `migrate`, `plan`, `status` and `check` then refuse, and say what is undecided.
    ///
    /// # Errors
    /// [`StepError::Undecided`], always.
    pub fn undecided(&mut self, what: &str) -> Result<(), StepError> {
        self.undecided.get_or_insert_with(|| what.to_owned());
        Err(StepError::Undecided { what: what.to_owned() })
    }

    /// What keeps it from running, even where the error was not passed on.
    pub(crate) fn take_undecided(&mut self) -> Option<String> {
        self.undecided.take()
    }

    /// Runs a query with bound values and returns its rows. The migration becomes dynamic.
    ///
    /// # Errors
    /// [`StepError::Refused`].
    pub async fn query(&mut self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StepError> {
        let client = self.client()?;
        let rows = client.query(sql, values).await;
        rows.map_err(|source| self.refused(sql, source))
    }

    /// The transaction as something every model operation runs on: `frozen::Order::select().fetch(&m.session()?)`.
    /// The migration becomes dynamic.
    ///
    /// # Errors
    /// [`StepError::Recording`], to be passed on with `?`.
    pub fn session(&mut self) -> Result<Session<'_>, StepError> {
        let client = self.client()?;
        Ok(Session::new(client, &self.schema))
    }

    /// The driver's connection, inside the transaction, for what nothing else here does. The migration becomes dynamic.
    ///
    /// # Hazards
    /// Ending the transaction through it makes the migration fail, with whatever was committed left in place.
    ///
    /// # Errors
    /// [`StepError::Recording`], to be passed on with `?`.
    pub fn client(&mut self) -> Result<&'c Client, StepError> {
        self.dynamic = true;
        self.server.map(|server| server.client).ok_or(StepError::Recording)
    }

    /// The server's major version, where there is a server.
    pub(crate) fn major(&self) -> Option<i32> {
        self.server.map(|server| server.major)
    }

    /// Runs one statement, unless the query `unless` yields a row: for objects that may exist and whose creation needs
    /// a privilege even then.
    pub(crate) async fn run(&mut self, statement: String, names: Names, unless: Option<&str>) -> Result<(), StepError> {
        let Some(Server { client, replay, .. }) = self.server else {
            if !self.dynamic {
                self.operations.push(statement);
            }
            return Ok(());
        };
        if let Some(query) = unless
            && !client.query(query, &[]).await.map_err(|source| self.refused(query, source))?.is_empty()
        {
            self.operations.push(statement);
            return Ok(());
        }
        // A role or a database is the whole server's: a replay would change what it only wants to look at.
        if !(replay && script::reaches_beyond_database(&statement)) {
            let text = match names {
                Names::WithExtensions if self.schema.as_str() != "public" => format!(
                    "SET LOCAL search_path = {0}, public, pg_temp;\n{statement}\n;SET LOCAL search_path = {0}, pg_temp",
                    self.schema
                ),
                _ => statement.clone(),
            };
            client.batch_execute(&text).await.map_err(|source| self.refused(&statement, source))?;
        }
        self.operations.push(statement);
        Ok(())
    }

    fn refused(&mut self, statement: &str, source: tokio_postgres::Error) -> StepError {
        let code = source.code().cloned();
        self.failed.get_or_insert(FailedStatement { statement: statement.to_owned(), code });
        StepError::Refused { statement: statement.to_owned(), source }
    }

    pub(crate) fn into_parts(self) -> (Vec<String>, bool, Option<FailedStatement>) {
        (self.operations, self.dynamic, self.failed)
    }
}

impl fmt::Debug for Migration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migration").field("schema", &self.schema).field("recording", &self.server.is_none()).finish()
    }
}
