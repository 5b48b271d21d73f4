//! `TenantsError`: why many schemas could not be inspected or migrated, or one could not be created.

use crate::ident::{Ident, IdentError};
use crate::migrate::MigrateError;
use crate::migrate::nearest::near;

/// Why nothing was done. What happened to each schema of a rollout is in the
/// [`RolloutReport`](crate::tenants::RolloutReport).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantsError {
    /// An error of the migrator.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// No schema matches the pattern.
    #[error("no schema matches {pattern:?}{}", near(.nearest))]
    NoMatch {
        /// The pattern.
        pattern: String,
        /// The schemas with the most similar names.
        nearest: Vec<String>,
    },
    /// The query returns no row.
    #[error("the query names no schema; it has to return one column, with the name of a schema in each row")]
    NoRows,
    /// The query returns something else than names.
    #[error("the query has to return one column, with the name of a schema in each row; it returns {found}")]
    NotNames {
        /// What it returns.
        found: String,
    },
    /// PostgreSQL refused the query for the schemas.
    #[error("PostgreSQL refused the query for the schemas; it has to be one statement that only reads")]
    Query {
        /// The driver's error.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The query for the schemas took too long.
    #[error("the query for the schemas took longer than {} ms", limit.as_millis())]
    TooSlow {
        /// The time limit.
        limit: std::time::Duration,
    },
    /// Schemas were named that do not exist.
    #[error(
        "no such schema: {}{}; nothing was migrated: `provision NAME` creates a schema, and a dropped one has to \
         leave the list", list(.missing), near(.nearest)
    )]
    NoSuchSchemas {
        /// The missing schemas, in the order they were named.
        missing: Vec<Ident>,
        /// The schemas of the database with the names most similar to the first missing one.
        nearest: Vec<String>,
    },
    /// The canary is not among the schemas.
    #[error("the canary {canary} is not among the {schemas} schema(s) to migrate{}", near(.nearest))]
    NoSuchCanary {
        /// The canary.
        canary: Ident,
        /// The number of schemas.
        schemas: usize,
        /// The schemas with the most similar names.
        nearest: Vec<String>,
    },
    /// A schema of that name holds objects that no migration of this program made.
    #[error(
        "schema {schema} exists and has no ledger, but holds {objects} object(s): take another name, or adopt it with \
         `migrate baseline`"
    )]
    Taken {
        /// The schema.
        schema: Ident,
        /// The number of objects in it.
        objects: i64,
    },
    /// The program has no migrations to create a new schema from.
    #[error(
        "no migration is linked into this program, so a new schema would stay empty: name the crate or module that holds \
         them, for example `mod migrations;`"
    )]
    NoMigrations,
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}

/// Returns up to ten names, and the number of further ones.
fn list(names: &[Ident]) -> String {
    let shown: Vec<&str> = names.iter().take(10).map(Ident::as_str).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
