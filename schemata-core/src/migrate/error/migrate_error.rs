//! Why a database could not be migrated. Each message says what to do next.

use std::time::Duration;

use crate::ident::{Ident, IdentError};
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::hazard::refusal::Hazardous;
use crate::migrate::record::module_order::ModuleCycle;
use crate::migrate::order::Late;
use crate::migrate::report::{Blocker, LockHolder, blocked_by};
use crate::migrate::error::ScratchError;
use crate::migrate::error::SquashError;
use crate::migrate::error::StepwiseError;
use crate::migrate::error::Undermined;
use crate::migrate::error::text::{Edit, Moved, bring_back, edited, held_by, kept, needed_by, out_of_order};
use crate::sql::ddl::DdlError;

/// Why a run stopped. What was committed before stays; [`MigrateError::Failed`] says what that is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] crate::Error),
    /// The server is older than the oldest supported one.
    #[error("PostgreSQL {version} is too old: Schemata needs 13 or newer")]
    ServerTooOld {
        /// Its version.
        version: String,
    },
    /// The server takes no writes.
    #[error("the server is read-only ({why}); {pending} migration(s) are pending: connect to the primary")]
    ReadOnly {
        /// A standby, or a setting.
        why: &'static str,
        /// How many migrations wait.
        pending: usize,
    },
    /// A connection pooler gives each transaction another session of the server. Nothing was done, and no lock was taken.
    #[error(
        "a connection pooler is in front of PostgreSQL at {server} ({found}), and on its connections no lock holds: give \
         the migrator a direct connection to PostgreSQL"
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
        /// What it tried.
        action: String,
        /// What would allow it.
        grant: String,
        /// PostgreSQL's words.
        #[source]
        source: tokio_postgres::Error,
    },
    /// There is a `schema_migrations`, and it is not ours.
    #[error(
        "{schema}.schema_migrations exists but is not Schemata's ledger: {found}; rename that table, or migrate another \
         schema"
    )]
    LedgerShape {
        /// The schema.
        schema: Ident,
        /// What is there instead.
        found: String,
    },
    /// The ledger could not be read or written.
    #[error("the ledger {schema}.schema_migrations cannot be {step}")]
    Ledger {
        /// The schema.
        schema: Ident,
        /// `read`, `created` or `written`.
        step: &'static str,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// Applied migrations changed since.
    #[error("{}", edited(.edits))]
    Edited {
        /// Which.
        edits: Vec<Edit>,
    },
    /// Applied migrations are not in this program.
    #[error("applied, but not linked into this program: {}; {}", .ids.join(", "), bring_back(moved.as_deref(), crate_name.as_deref()))]
    Unlinked {
        /// Which, as `module:id`.
        ids: Vec<String>,
        /// The crate that the first of them was in, where the program has nothing of it.
        crate_name: Option<String>,
        /// The migration's place in another module of the program, if it was moved to another crate.
        moved: Option<Box<Moved>>,
    },
    /// A squash is wrong, or the database is in no state for it.
    #[error(transparent)]
    Squash(#[from] SquashError),
    /// Pending migrations sort before applied ones, and [`OutOfOrder::Error`](crate::migrate::OutOfOrder) was asked for.
    #[error("{}", out_of_order(late))]
    OutOfOrder {
        /// Which.
        late: Vec<Late>,
    },
    /// The database was migrated by another branch: it has migrations that this program lacks, and lacks some of this
    /// program's, in one module.
    #[error(
        "the database and this program come from two branches of module {module}: only the database has {}, only the \
         program has {}; merge the branches, and run the program that has both",
        .only_database.join(", "), .only_program.join(", ")
    )]
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
        /// How many are applied.
        applied: usize,
    },
    /// Two migrations share module and id.
    #[error(
        "two migrations are called {}:{}: {}:{} and {}:{}; give one another id",
        first.module, first.id, first.file, first.line, second.file, second.line
    )]
    Duplicate {
        /// One of them.
        first: Box<MigrationEntry>,
        /// The other.
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
        /// The line there.
        line: u32,
    },
    /// `--to` names no migration.
    #[error("there is no migration {id:?}{}", nearest.map_or("; `status` lists those there are".to_owned(), |id| format!("; did you mean {id:?}?")))]
    UnknownTarget {
        /// What was asked for.
        id: String,
        /// The most similar one.
        nearest: Option<&'static str>,
    },
    /// A migration to repair is not in the ledger.
    #[error(
        "migration {id:?} is not applied to schema {schema}, so there is nothing to repair: `status` shows what is"
    )]
    NotApplied {
        /// Its id.
        id: String,
        /// The schema.
        schema: Ident,
    },
    /// Another migrator held the lock for too long.
    #[error("another migrator holds the lock on schema {schema} for longer than {} s{}", waited.as_secs(), held_by(holder.as_ref()))]
    Locked {
        /// The schema.
        schema: Ident,
        /// How long this one waited.
        waited: Duration,
        /// Who holds it.
        holder: Option<LockHolder>,
    },
    /// The connection failed while taking the lock or opening a transaction.
    #[error("{step} failed")]
    Session {
        /// What was attempted.
        step: &'static str,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A migration failed before it reached the database.
    #[error("migration {id} cannot be recorded")]
    Record {
        /// Its id.
        id: &'static str,
        /// What it returned.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A migration waits for a person to decide.
    #[error("migration {id} is undecided: {what}; decide in {file}, line {line}")]
    Undecided {
        /// Its id.
        id: &'static str,
        /// What has to be decided.
        what: String,
        /// The source file that holds it.
        file: &'static str,
        /// The line of the migration.
        line: u32,
    },
    /// A migration failed; its transaction was rolled back.
    #[error(
        "migration {id} failed and was rolled back{}{}{}; {}",
        statement.as_ref().map_or(String::new(), |sql| format!(", at: {sql}")),
        needed_by(&**source),
        blocked_by(blockers),
        kept(applied)
    )]
    Failed {
        /// Its id.
        id: &'static str,
        /// The statement that PostgreSQL refused.
        statement: Option<String>,
        /// The migrations this run applied before it: they stay.
        applied: Vec<String>,
        /// Who was in its way to the end, where it could not get a lock.
        blockers: Vec<Blocker>,
        /// What it returned.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection was lost while a migration was being committed.
    #[error("the connection was lost while migration {id} was being committed: `status` tells whether it was")]
    OutcomeUnknown {
        /// Its id.
        id: &'static str,
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A migration that runs step by step could not go on.
    #[error(transparent)]
    Stepwise(#[from] StepwiseError),
    /// Pending migrations would keep others from large tables.
    #[error(transparent)]
    Hazardous(#[from] Hazardous),
    /// A migration did something else when it ran than when it was recorded.
    #[error(
        "migration {id} does not do the same each time it runs, and was rolled back; a migration may depend on the \
         data it reads through `m.query` or `m.session`, on nothing else"
    )]
    NotDeterministic {
        /// Its id.
        id: &'static str,
    },
    /// What was to be tried on a scratch database could not be.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// The schema is PostgreSQL's own, or its name means something else in a search path.
    #[error("schema {schema} is reserved: migrate another one")]
    ReservedSchema {
        /// The schema.
        schema: Ident,
    },
    /// The ledger lists migrations of other schemas only.
    #[error(
        "the ledger {schema}.schema_migrations lists migrations of {} only: if the schema was renamed or copied from there, \
         run: UPDATE {schema}.schema_migrations SET schema_name = '{}'",
        found.join(", "), schema.as_str().replace('\'', "''")
    )]
    LedgerOfAnother {
        /// The schema.
        schema: Ident,
        /// The schemas it lists.
        found: Vec<String>,
    },
    /// A migration ended its own transaction, or damaged the ledger.
    #[error(transparent)]
    Undermined(#[from] Undermined),
    /// Modules need each other's tables, so that none can run first.
    #[error(transparent)]
    Modules(#[from] ModuleCycle),
    /// The models' tables cannot be created together.
    #[error(transparent)]
    Ddl(#[from] DdlError),
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}
