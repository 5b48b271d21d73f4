//! Runs the user's query for schemas: one statement that only reads, within a time limit.

use std::error::Error;
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, Kind, Type};
use tokio_postgres::{Client, Row};

use crate::ident::Ident;
use crate::tenants::error::TenantsError;

/// The time limit of the query.
const LIMIT: Duration = Duration::from_secs(30);

/// How much longer than the server itself the client waits.
const GRACE: Duration = Duration::from_secs(5);

/// Limits the transaction's statements to `$1` milliseconds unless the session has a stricter limit; returns the limit that
/// holds.
const SET_LIMIT: &str = "SELECT
        pg_catalog.set_config('statement_timeout', effective.milliseconds::text, true),
        effective.milliseconds::bigint AS milliseconds
    FROM (
        SELECT CASE WHEN setting::int BETWEEN 1 AND $1 THEN setting::int ELSE $1 END AS milliseconds
        FROM pg_catalog.pg_settings
        WHERE name = 'statement_timeout'
    ) AS effective";

/// Returns the names that `sql` selects, in a transaction of `client`, which must not be used for anything else afterwards.
pub(crate) async fn names(client: &Client, sql: &str) -> Result<Vec<Ident>, TenantsError> {
    let rows = tokio::time::timeout(LIMIT + GRACE, rows(client, sql)).await;
    let rows = rows.map_err(|_| TenantsError::TooSlow { limit: LIMIT })??;
    let mut names = Vec::new();
    for row in rows {
        let name: Option<Name> = row.try_get(0).map_err(|source| TenantsError::Query { source })?;
        let Some(Name(name)) = name else { return Err(TenantsError::NotNames { found: "a NULL".to_owned() }) };
        names.push(Ident::new(name)?);
    }
    Ok(names)
}

async fn rows(client: &Client, sql: &str) -> Result<Vec<Row>, TenantsError> {
    let refused = |source| TenantsError::Query { source };
    client.batch_execute("BEGIN READ ONLY").await.map_err(refused)?;
    let most = i32::try_from(LIMIT.as_millis()).unwrap_or(i32::MAX);
    let limit = client.query_typed(SET_LIMIT, &[(&most, Type::INT4)]).await.map_err(refused)?;
    let limit =
        limit.first().map_or(LIMIT, |row| Duration::from_millis(row.get::<_, i64>("milliseconds").unsigned_abs()));
    let failed = |source: tokio_postgres::Error| match source.code() {
        Some(code) if *code == SqlState::QUERY_CANCELED => TenantsError::TooSlow { limit },
        _ => TenantsError::Query { source },
    };
    // PostgreSQL prepares only one statement. One that returns no column, like COMMIT, is not run.
    let statement = client.prepare(sql).await.map_err(failed)?;
    match statement.columns() {
        [column] if Name::accepts(column.type_()) => client.query(&statement, &[]).await.map_err(failed),
        [column] => {
            Err(TenantsError::NotNames { found: format!("a column of type {}: cast it to text", column.type_()) })
        }
        columns => Err(TenantsError::NotNames { found: format!("{} columns", columns.len()) }),
    }
}

/// A name, as text or as the label of an enum.
struct Name(String);

impl<'a> FromSql<'a> for Name {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let text = <&str as FromSql>::from_sql(if <String as FromSql>::accepts(of) { of } else { &Type::TEXT }, raw)?;
        Ok(Self(text.to_owned()))
    }

    fn accepts(of: &Type) -> bool {
        <String as FromSql>::accepts(of) || matches!(of.kind(), Kind::Enum(_))
    }
}
