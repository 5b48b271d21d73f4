//! Why many schemas could not be looked at, or one could not be made.

use crate::ident::{Ident, IdentError};
use crate::migrate::MigrateError;
use crate::migrate::nearest::near;

/// Why nothing was done, or not all. What happened to each schema stands in the
/// [`RolloutReport`](crate::tenants::RolloutReport).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantsError {
    /// As for one schema.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The pattern fits no schema.
    #[error("no schema matches {pattern:?}{}", near(.nearest))]
    NoMatch {
        /// The pattern.
        pattern: String,
        /// The schemas whose names come closest.
        nearest: Vec<String>,
    },
    /// The query names no schema.
    #[error("the query names no schema; it has to yield one column, with the name of a schema in each row")]
    NoRows,
    /// The query yields something else than names.
    #[error("the query has to yield one column, with the name of a schema in each row; it yields {found}")]
    NotNames {
        /// What instead.
        found: String,
    },
    /// PostgreSQL refused the query for the schemas.
    #[error("PostgreSQL refused the query for the schemas; it has to be one statement that only reads")]
    Query {
        /// What it said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The query for the schemas took too long.
    #[error("the query for the schemas took longer than {} ms", limit.as_millis())]
    TooSlow {
        /// How long it was given.
        limit: std::time::Duration,
    },
    /// Schemas were named that do not exist.
    #[error(
        "no such schema: {}{}; nothing was migrated: `provision NAME` makes a schema, and one that was dropped has to leave the \
         list", list(.missing), near(.nearest)
    )]
    NoSuchSchemas {
        /// Which, in the order they were named.
        missing: Vec<Ident>,
        /// The schemas of the database whose names come closest to the first of them.
        nearest: Vec<String>,
    },
    /// The canary is none of the schemas.
    #[error("the canary {canary} is none of the {schemas} schema(s) to migrate{}", near(.nearest))]
    NoSuchCanary {
        /// The canary.
        canary: Ident,
        /// How many schemas there are.
        schemas: usize,
        /// Those whose names come closest.
        nearest: Vec<String>,
    },
    /// A schema of that name holds things that no migration of this program made.
    #[error(
        "schema {schema} exists and has no ledger, but holds {objects} object(s): take another name, or adopt it with \
         `migrate baseline`"
    )]
    Taken {
        /// The schema.
        schema: Ident,
        /// How many things are in it.
        objects: i64,
    },
    /// There is nothing a new schema could be made of.
    #[error(
        "no migration is linked into this program, so a new schema would stay empty: name the crate or module that holds \
         them, for example `mod migrations;`"
    )]
    NoMigrations,
    /// A name that cannot be an identifier.
    #[error(transparent)]
    Ident(#[from] IdentError),
}

/// Up to ten names, and how many more there are.
fn list(names: &[Ident]) -> String {
    let shown: Vec<&str> = names.iter().take(10).map(Ident::as_str).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
