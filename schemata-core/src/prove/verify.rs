//! `db.verify()`: checks, when an application starts, that the database has the migrations that the program was built with.

use tokio_postgres::error::SqlState;

use crate::error::Error;
use crate::exec::Db;
use crate::exec::statement::Purpose;
use crate::ident::Ident;
use crate::migrate::ledger;
use crate::migrate::nearest::{self, near, nearest};
use crate::migrate::record::{self, Recorded};
use crate::migrate::squash::coverage::SquashCoverage;
use crate::migrate::{Edit, MigrateError, MigrationSet, plan};

/// The result of a successful [`Db::verify`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The applied migrations, as `module:id`, that are not in this program: those of a newer release or of another program.
    pub ahead: Vec<String>,
}

/// Why a program should not start on a database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The database is older than the program.
    #[error("the database is older than this program: {} not applied to schema {schema}; run `migrate`", list(pending))]
    Older {
        /// The schema.
        schema: Ident,
        /// The migrations that it lacks, as `module:id`, in order.
        pending: Vec<String>,
    },
    /// The schema does not exist.
    #[error("there is no schema {schema}{}; `migrate --schema` and `provision` create one", near(nearest))]
    NoSuchSchema {
        /// The missing schema.
        schema: Ident,
        /// The existing schemas with the most similar names.
        nearest: Vec<String>,
    },
    /// Applied migrations differ from this program's.
    #[error(
        "the database was made by other migrations than this program's: {}; start the program that made it, or undo the \
         edit",
        edits.iter().map(|edit| format!("{}:{}", edit.module, edit.id)).collect::<Vec<_>>().join(", ")
    )]
    Incompatible {
        /// The migrations, with both checksums.
        edits: Vec<Edit>,
    },
    /// The program has no migrations, but the database has: nothing would be verified.
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
    /// The role may not read the ledger.
    #[error(
        "the ledger of schema {schema} may not be read; as the owner, run: GRANT USAGE ON SCHEMA {schema} TO the \
         application's role; GRANT SELECT ON {schema}.schemata_migrations TO the application's role"
    )]
    NoPrivilege {
        /// The schema.
        schema: Ident,
        /// PostgreSQL's error.
        #[source]
        source: Error,
    },
    /// The ledger has an unknown shape, or the program's migrations cannot be recorded.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The database could not be queried.
    #[error(transparent)]
    Database(#[from] Error),
}

impl Db {
    /// Verifies the database against every migration that is linked into this program: see [`Db::verify_with`].
    ///
    /// # Errors
    /// As [`Db::verify_with`].
    pub async fn verify(&self) -> Result<Verified, VerifyError> {
        self.verify_with(&MigrationSet::linked()?).await
    }

    /// Verifies that this handle's schema has every migration of `set`, unchanged. Meant for the start of an
    /// application: it sends one query through the pool, writes and locks nothing, and the role only needs to read the
    /// ledger (`USAGE` on the schema, `SELECT` on `schemata_migrations`).
    ///
    /// A newer database, which the next release has already migrated, is accepted.
    ///
    /// ```no_run
    /// # use schemata::{Db, migrate::MigrationSet, prove::VerifyError};
    /// # async fn f(db: Db) -> Result<(), VerifyError> {
    /// db.verify().await?; // "the database is older than this program: shop:0002_add_order_status is not applied …"
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`VerifyError::NoSuchSchema`]; [`VerifyError::Older`] with the migrations that are missing;
    /// [`VerifyError::Incompatible`] with those that were edited; the other variants if this cannot be determined.
    pub async fn verify_with(&self, set: &MigrationSet) -> Result<Verified, VerifyError> {
        let mut known = Vec::with_capacity(set.entries().len());
        for entry in set.entries() {
            known.push(record::record(*entry).await?);
        }
        let schema = self.schema();
        let purpose = Purpose { operation: "verify", table: "schemata_migrations" };
        let applied = match self.query_unprepared(purpose, &ledger::list(schema), &[]).await {
            Ok(rows) => ledger::listed(schema, &rows)?,
            // No migration has ever run in this schema, or it does not exist.
            Err(error) if error.sqlstate() == Some(SqlState::UNDEFINED_TABLE.code()) => {
                let schemas = self.query_unprepared(purpose, nearest::SCHEMAS, &[]).await?;
                let all = || schemas.iter().map(|row| row.get::<_, &str>(0));
                if !all().any(|name| name == schema.as_str()) {
                    let nearest = nearest(schema.as_str(), all());
                    return Err(VerifyError::NoSuchSchema { schema: schema.clone(), nearest });
                }
                Vec::new()
            }
            Err(source) if source.sqlstate() == Some(SqlState::INSUFFICIENT_PRIVILEGE.code()) => {
                return Err(VerifyError::NoPrivilege { schema: schema.clone(), source });
            }
            Err(error) => return Err(error.into()),
        };
        compare(schema, &known, &applied)
    }
}

/// Compares the program's migrations with the applied ones.
fn compare(schema: &Ident, known: &[Recorded], applied: &[ledger::Applied]) -> Result<Verified, VerifyError> {
    if known.is_empty() && !applied.is_empty() {
        return Err(VerifyError::NothingLinked { schema: schema.clone(), applied: applied.len() });
    }
    let edits = plan::edits(known, applied);
    if !edits.is_empty() {
        return Err(VerifyError::Incompatible { edits });
    }
    let coverage = SquashCoverage::of(known, applied, None);
    coverage.check_waiting().map_err(MigrateError::from)?;
    let pending = plan::missing(&coverage, known);
    let pending: Vec<String> = pending.map(|Recorded { entry, .. }| format!("{}:{}", entry.module, entry.id)).collect();
    if !pending.is_empty() {
        return Err(VerifyError::Older { schema: schema.clone(), pending });
    }
    let ahead =
        plan::unlinked(&coverage, known, applied).iter().map(|row| format!("{}:{}", row.module, row.id)).collect();
    Ok(Verified { ahead })
}

/// Lists names with a verb: "a is", "a and b are".
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is"),
        [all @ .., last] => format!("{} and {last} are", all.join(", ")),
    }
}
