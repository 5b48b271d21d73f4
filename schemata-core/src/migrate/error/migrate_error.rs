//! `MigrateError`: why a database could not be migrated. Each message says what to do next.

use std::time::Duration;

use crate::ident::{Ident, IdentError};
use crate::migrate::error::details::{Edit, Late, ModuleLink, Moved};
use crate::migrate::error::postgres::{failure, kept};
use crate::migrate::error::squash::SquashError;
use crate::migrate::error::stepwise::StepwiseError;
use crate::migrate::error::take_over::TakeOverError;
use crate::migrate::error::text;
use crate::migrate::hazard::refusal::Hazardous;
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::report::{Blocker, LockHolder};
use crate::sql::ddl::DdlError;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a run stopped. What was committed before stays; [`MigrateError::Failed`] lists it.
///
/// The message says what to do. A program matches on what it can do something about by itself:
///
/// ```
/// use schemata::migrate::{Edit, Hazard, Hazardous, HazardousStep, LockHolder, MigrateError};
///
/// /// What a deployment does next.
/// fn next(error: &MigrateError) -> String {
///     match error {
///         MigrateError::Locked { holder: Some(LockHolder { pid, application, .. }), .. } => {
///             format!("wait: {application} ({pid}) migrates the schema")
///         }
///         MigrateError::OutcomeUnknown { id, .. } => format!("ask for the status of {id}, and run again"),
///         MigrateError::Stopped { done, of, .. } => format!("run again, to continue after step {done} of {of}"),
///         MigrateError::Edited { edits } => {
///             edits.iter().map(|Edit { id, stored, .. }| format!("restore {id} as of {stored}; ")).collect()
///         }
///         MigrateError::Hazardous(Hazardous { steps, .. }) => {
///             let step = |HazardousStep { hazard: Hazard { table, safe_form, .. }, rows, .. }: &HazardousStep| {
///                 format!("{table} has {rows:?} rows: {safe_form}; ")
///             };
///             steps.iter().map(step).collect()
///         }
///         other => format!("ask a person: {other}"),
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// No connection could be opened.
    #[error(transparent)]
    Connect(#[from] crate::Error),
    /// The server is older than the oldest supported one.
    #[error("PostgreSQL {version} is too old: Schemata needs 13 or newer")]
    ServerTooOld {
        /// The server's version.
        version: String,
    },
    /// The server takes no writes.
    #[error("the server is read-only ({why}); {pending} migration(s) are pending: connect to the primary")]
    ReadOnly {
        /// The reason: a standby, or a setting.
        why: &'static str,
        /// The number of pending migrations.
        pending: usize,
    },
    /// A connection pooler gives each transaction another session of the server. Nothing was done, and no lock was taken.
    #[error(
        "a connection pooler is in front of PostgreSQL at {server} ({found}), and locks of a session do not work through it: \
         give the migrator a direct connection to PostgreSQL"
    )]
    Pooler {
        /// Host and port, without credentials.
        server: String,
        /// How the pooler was noticed.
        found: &'static str,
    },
    /// The role lacks a privilege.
    #[error("role {role:?} may not {action}; as the owner, run: {grant}")]
    NoPrivilege {
        /// The role.
        role: String,
        /// The action that was refused.
        action: String,
        /// The statement that would allow it.
        grant: String,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A relation called `schemata_migrations` exists that is not a ledger.
    #[error(
        "{schema}.schemata_migrations exists but is not Schemata's ledger: {found}; rename that table, or migrate another schema"
    )]
    LedgerShape {
        /// The schema.
        schema: Ident,
        /// How the relation differs from a ledger.
        found: String,
    },
    /// The ledger still has the name that ledgers had at first, which belongs to other tools.
    #[error(
        "the ledger {schema}.schema_migrations has its former name; once no earlier release of the program runs, rename it: \
         ALTER TABLE {schema}.schema_migrations RENAME TO schemata_migrations; ALTER INDEX {schema}.schema_migrations_pkey RENAME \
         TO schemata_migrations_pkey"
    )]
    LedgerName {
        /// The schema.
        schema: Ident,
    },
    /// Another tool has applied pending migrations, or its ledger cannot be taken over.
    #[error(transparent)]
    TakeOver(Cause),
    /// The ledger could not be read or written.
    #[error("the ledger {schema}.schemata_migrations cannot be {step}")]
    Ledger {
        /// The schema.
        schema: Ident,
        /// `read`, `created`, `upgraded` or `written`.
        step: &'static str,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// Applied migrations were edited.
    #[error("{}", text::edited(.edits))]
    Edited {
        /// The edited migrations.
        edits: Vec<Edit>,
    },
    /// Applied migrations are not in this program.
    #[error("{}", text::unlinked(ids, moved.as_deref(), crate_name.as_deref()))]
    Unlinked {
        /// The migrations, as `module:id`.
        ids: Vec<String>,
        /// The crate of the first of them, if the program has no migration of that crate.
        crate_name: Option<String>,
        /// The migration's place in another module of the program, if it was moved to another crate.
        moved: Option<Box<Moved>>,
    },
    /// The lists of squashes contradict each other, or a squash cannot stand for its migrations in this database.
    #[error(transparent)]
    Squash(Cause),
    /// Pending migrations sort before applied ones, and [`OutOfOrder::Error`](crate::migrate::OutOfOrder) was asked for.
    #[error("{}", text::out_of_order(late))]
    OutOfOrder {
        /// The pending migrations.
        late: Vec<Late>,
    },
    /// Another branch migrated the database: in one module, it has migrations that this program lacks, and lacks some of
    /// this program's.
    #[error("{}", text::diverged(module, only_database, only_program))]
    Diverged {
        /// The module.
        module: String,
        /// The ids that are applied and not in the program.
        only_database: Vec<String>,
        /// The ids that are in the program and not applied.
        only_program: Vec<String>,
    },
    /// The program has no migrations at all, and the database has some.
    #[error(
        "no migration is linked into this program, but {applied} are applied to schema {schema}: name the crate or \
         module that holds them, for example `mod migrations;` or `use order_migrations as _;`"
    )]
    NothingLinked {
        /// The schema.
        schema: Ident,
        /// The number of applied migrations.
        applied: usize,
    },
    /// Two migrations share module and id.
    #[error("{}", text::duplicate(first, second))]
    Duplicate {
        /// The first one.
        first: Box<MigrationEntry>,
        /// The second one.
        second: Box<MigrationEntry>,
    },
    /// A registered crate contributes no migration.
    #[error(
        "crate {crate_name} is registered in {file}, line {line}, and has no migration in this program: declare the module that \
         holds them in that crate, or take it out of `register!`"
    )]
    NothingFrom {
        /// The crate.
        crate_name: &'static str,
        /// The source file that registers it.
        file: &'static str,
        /// The line in that file.
        line: u32,
    },
    /// The program has no migration of the given name.
    #[error("{}", text::unknown_target(id, *nearest))]
    UnknownTarget {
        /// The given name.
        id: String,
        /// The most similar id.
        nearest: Option<&'static str>,
    },
    /// A migration to repair is not in the ledger.
    #[error(
        "migration {id:?} is not applied to schema {schema}, so there is nothing to repair: `status` shows what is"
    )]
    NotApplied {
        /// The migration's id.
        id: String,
        /// The schema.
        schema: Ident,
    },
    /// Another migrator held the lock for too long.
    #[error("{}", text::locked(schema, *waited, holder.as_ref()))]
    Locked {
        /// The schema.
        schema: Ident,
        /// How long this migrator waited.
        waited: Duration,
        /// The holder of the lock.
        holder: Option<LockHolder>,
    },
    /// One of the migrator's own statements failed.
    #[error("{step} failed")]
    Session {
        /// What the statement was for.
        step: &'static str,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A migration failed before it reached the database.
    #[error("migration {id} cannot be recorded")]
    Record {
        /// The migration's id.
        id: &'static str,
        /// The error that the migration returned.
        #[source]
        source: Cause,
    },
    /// A migration waits for a person to decide.
    #[error("migration {id} is undecided: {what}; decide in {file}, line {line}")]
    Undecided {
        /// The migration's id.
        id: &'static str,
        /// The decision to make.
        what: String,
        /// The source file that holds the migration.
        file: &'static str,
        /// The line of the migration.
        line: u32,
    },
    /// A migration failed; its transaction was rolled back.
    #[error("migration {id} failed and was rolled back{}; {}", failure(statement.as_deref(), &**source, blockers), kept(applied))]
    Failed {
        /// The migration's id.
        id: &'static str,
        /// The statement that PostgreSQL refused.
        statement: Option<String>,
        /// The migrations that this run applied before it: they stay.
        applied: Vec<String>,
        /// The sessions that blocked the last attempt, if it could not get a lock.
        blockers: Vec<Blocker>,
        /// The error that the migration returned.
        #[source]
        source: Cause,
    },
    /// The connection was lost while a migration was being committed.
    #[error("the connection was lost while migration {id} was being committed: `status` shows whether it was")]
    OutcomeUnknown {
        /// The migration's id.
        id: &'static str,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A step of a migration that runs step by step failed. The steps it has done stay done, and the ledger records how
    /// many.
    #[error(
        "migration {id} stopped after {done} of {of} steps{}; the next run continues there",
        failure(statement.as_deref(), &**source, blockers)
    )]
    Stopped {
        /// The migration's id.
        id: &'static str,
        /// The number of steps that are done.
        done: usize,
        /// The number of steps.
        of: usize,
        /// The statement that PostgreSQL refused.
        statement: Option<String>,
        /// The migrations that this run applied before it.
        applied: Vec<String>,
        /// The sessions that blocked the last attempt, if it could not get a lock.
        blockers: Vec<Blocker>,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A step of an unfinished migration was edited, and it is done or half done.
    #[error(
        "migration {id} is unfinished, and its step {step} has run already, as: {ran}; undo the edit (now: {now}), or accept \
         it with `migrate repair`; steps that have not run may change"
    )]
    EditedStep {
        /// The migration's id.
        id: &'static str,
        /// The step, counted from 1.
        step: usize,
        /// The statement that ran.
        ran: String,
        /// The statement that the migration has there now.
        now: String,
    },
    /// A migration cannot run step by step as it is written: it reads, or a commit has nothing to commit.
    #[error(transparent)]
    Stepwise(Cause),
    /// Pending migrations would block others on large tables.
    #[error(transparent)]
    Hazardous(#[from] Hazardous),
    /// A migration did something else when it ran than when it was recorded.
    #[error(
        "migration {id} does not do the same each time it runs, and was rolled back; a migration may depend on the \
         data it reads through `m.query` or `m.session`, on nothing else"
    )]
    NotDeterministic {
        /// The migration's id.
        id: &'static str,
    },
    /// The migrations could not be replayed on an empty scratch database.
    #[error(
        "the migrations cannot be replayed on an empty scratch database, and your database was not touched; do they need \
         an extension or a role that was made by hand?"
    )]
    Replay {
        /// The error on the scratch database.
        #[source]
        source: Cause,
    },
    /// A pending migration fails on tables of the live database's shape.
    #[error(
        "a pending migration fails on this database: it was tried on a scratch database of the same shape, and yours was not \
         touched"
    )]
    PendingFails {
        /// The error on the scratch database.
        #[source]
        source: Cause,
    },
    /// The models' tables could not be created on the scratch database after the migrations had run there.
    #[error(
        "the models' tables cannot be created beside the objects of the migrations, at: {statement}; do they use a type, a function \
         or an extension that no migration creates?"
    )]
    ModelTables {
        /// The first line of the statement that PostgreSQL refused.
        statement: String,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The schema is PostgreSQL's own, or its name means something else in a search path.
    #[error("schema {schema} is reserved: migrate another one")]
    ReservedSchema {
        /// The schema.
        schema: Ident,
    },
    /// The ledger lists migrations of other schemas only.
    #[error("{}", text::ledger_of_another(schema, found))]
    LedgerOfAnother {
        /// The schema.
        schema: Ident,
        /// The schemas that the ledger lists.
        found: Vec<String>,
    },
    /// A migration ended its own transaction.
    #[error("{}", text::transaction_ended(id, *committed))]
    TransactionEnded {
        /// The migration's id.
        id: &'static str,
        /// Whether the work it had done up to there was committed; `None` if that could not be found out.
        committed: Option<bool>,
        /// The error that followed, if any.
        #[source]
        source: Option<Cause>,
    },
    /// A migration damaged the ledger.
    #[error("{}", text::ledger_touched(id, schema))]
    LedgerTouched {
        /// The migration's id.
        id: &'static str,
        /// The schema of the ledger.
        schema: Ident,
    },
    /// Modules need each other's tables, so that none can run first.
    #[error("{}", text::module_cycle(links))]
    ModuleCycle {
        /// The links that lead from the first module back to it.
        links: Vec<ModuleLink>,
    },
    /// The models' tables cannot be created together.
    #[error(transparent)]
    Models(Cause),
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}

impl From<SquashError> for MigrateError {
    fn from(error: SquashError) -> Self {
        Self::Squash(Box::new(error))
    }
}

impl From<TakeOverError> for MigrateError {
    fn from(error: TakeOverError) -> Self {
        Self::TakeOver(Box::new(error))
    }
}

impl From<StepwiseError> for MigrateError {
    fn from(error: StepwiseError) -> Self {
        Self::Stepwise(Box::new(error))
    }
}

impl From<DdlError> for MigrateError {
    fn from(error: DdlError) -> Self {
        Self::Models(Box::new(error))
    }
}
