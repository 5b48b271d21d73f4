//! `Tenants`: the schemas of the tenants to migrate or inspect.

use std::collections::BTreeSet;

use tokio_postgres::types::Type;

use crate::exec::connect::Address;
use crate::ident::Ident;
use crate::migrate::MigrateError;
use crate::migrate::nearest::nearest;
use crate::migrate::preconditions::not_reserved;
use crate::migrate::session::DedicatedConnection;
use crate::tenants::error::TenantsError;
use crate::tenants::query;

/// The schemas of some tenants, each once.
///
/// PostgreSQL's own schemas (`pg_…`, `information_schema`) are never among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tenants {
    schemas: Vec<Ident>,
    /// Whether the caller named them; otherwise the catalog listed them.
    named: bool,
}

/// The name of the connection in the server's list of processes.
const APPLICATION: &str = "schemata tenants";

impl Tenants {
    /// Names schemas, in this order. They have to exist when they are migrated:
    /// [`Migrator::provision`](crate::migrate::Migrator::provision) creates one.
    pub fn new(schemas: impl IntoIterator<Item = Ident>) -> Self {
        Self { named: true, ..Self::listed(schemas) }
    }

    /// Takes schemas that existed a moment ago.
    fn listed(schemas: impl IntoIterator<Item = Ident>) -> Self {
        let mut seen = BTreeSet::new();
        let usable = |schema: &Ident| not_reserved(schema).is_ok() && seen.insert(schema.clone());
        Self { schemas: schemas.into_iter().filter(usable).collect(), named: false }
    }

    /// Lists the schemas of the database at `url` whose names match: `*` stands for any characters, `?` for one, everything
    /// else for itself.
    ///
    /// # Errors
    /// [`TenantsError::NoMatch`] with the nearest names if no schema matches.
    pub async fn matching(url: &str, pattern: &str) -> Result<Self, TenantsError> {
        let sql = r"SELECT nspname::text AS name, nspname::text LIKE $1 ESCAPE E'\\' AS matches
            FROM pg_catalog.pg_namespace
            ORDER BY pg_catalog.length(nspname::text), nspname";
        let connection =
            DedicatedConnection::open(&Address::parse(url).map_err(MigrateError::from)?, APPLICATION).await?;
        let rows = connection.session().query("listing the schemas", sql, &[(&like(pattern), Type::TEXT)]).await;
        connection.close().await;
        let (mut matching, mut others) = (Vec::new(), Vec::new());
        for row in rows.map_err(MigrateError::from)? {
            let name = Ident::new(row.get::<_, &str>("name"))?;
            if not_reserved(&name).is_ok() {
                if row.get("matches") { &mut matching } else { &mut others }.push(name);
            }
        }
        if matching.is_empty() {
            let nearest = nearest(pattern, others.iter().map(Ident::as_str));
            return Err(TenantsError::NoMatch { pattern: pattern.to_owned(), nearest });
        }
        Ok(Self::listed(matching))
    }

    /// Takes the schemas that a query returns, one per row: `SELECT schema_name FROM tenants WHERE active`. As with
    /// [`Tenants::new`], they have to exist.
    ///
    /// The query must be one statement. It runs in a read-only transaction, on a connection that is closed afterwards, and
    /// is given 30 seconds, or less if `statement_timeout` is less.
    ///
    /// # Errors
    /// [`TenantsError::Query`], [`TenantsError::TooSlow`], [`TenantsError::NotNames`], [`TenantsError::NoRows`].
    pub async fn query(url: &str, sql: &str) -> Result<Self, TenantsError> {
        let connection =
            DedicatedConnection::open(&Address::parse(url).map_err(MigrateError::from)?, APPLICATION).await?;
        let names = query::names(&connection.client, sql).await;
        connection.close().await;
        let names = names?;
        if names.is_empty() { Err(TenantsError::NoRows) } else { Ok(Self::new(names)) }
    }

    /// Returns the schemas.
    pub fn schemas(&self) -> &[Ident] {
        &self.schemas
    }

    /// Returns whether a schema that does not exist is an error. One that the catalog listed was dropped meanwhile.
    pub(crate) fn must_exist(&self) -> bool {
        self.named
    }
}

/// Returns `pattern`, in which `*` stands for any characters and `?` for one, as a pattern of `LIKE` with a backslash as
/// its escape.
fn like(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '*' => out.push('%'),
            '?' => out.push('_'),
            '%' | '_' | '\\' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stars_and_question_marks_are_special() {
        assert_eq!(like("tenant_*"), r"tenant\_%");
        assert_eq!(like(r"a?%\*"), r"a_\%\\%");
    }
}
