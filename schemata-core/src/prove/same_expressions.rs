//! Expressions that PostgreSQL prints differently although they are the same: `TRIM(BOTH FROM name)`, and `btrim(name)` in a
//! database that was restored from a dump of PostgreSQL 13.
//!
//! Both texts are parsed against one table of the scratch database, and the stored trees are compared as PostgreSQL's own
//! `equal()` does: without the notation of calls and casts, and without places in the text.

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use crate::catalog::{Catalog, ConstraintKind, IndexState, TableState};
use crate::ident::Ident;
use crate::migrate::MigrateError;

/// The name of what is created for a comparison, and rolled back.
const OTHER: &str = "schemata_other";

/// How the definition of a constraint ends that PostgreSQL has not checked for all values.
const NOT_VALID: &str = " NOT VALID";

/// A stored tree without notation and places.
macro_rules! tree {
    ($column:literal) => {
        concat!("pg_catalog.regexp_replace(", $column, "::text, ':([a-z_]*format|location) -?[0-9]+', '', 'g')")
    };
}

/// Whether the constraints `$2` and `$3` of the table `$1` have the same expression.
const SAME_CHECKS: &str = concat!(
    "SELECT count(*) = 2 AND count(DISTINCT (k.connoinherit, ",
    tree!("k.conbin"),
    ")) = 1 AS same
     FROM pg_catalog.pg_constraint AS k
     WHERE k.conrelid = pg_catalog.to_regclass($1) AND k.conname IN ($2, $3)"
);

/// Whether the constraints `$2` and `$3` of the domain `$1` have the same expression.
const SAME_DOMAIN_CHECKS: &str = concat!(
    "SELECT count(*) = 2 AND count(DISTINCT ",
    tree!("k.conbin"),
    ") = 1 AS same
     FROM pg_catalog.pg_constraint AS k
     WHERE k.contypid = pg_catalog.to_regtype($1) AND k.conname IN ($2, $3)"
);

/// Whether the indexes `$2` and `$3` of the table `$1` are the same.
const SAME_INDEXES: &str = concat!(
    "SELECT count(*) = 2 AND count(DISTINCT (
         c.relam, c.reloptions::text, i.indisunique, pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', i.indnkeyatts,
         i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text, ",
    tree!("i.indexprs"),
    ", ",
    tree!("i.indpred"),
    ", (
         SELECT pg_catalog.array_agg(a.attoptions::text ORDER BY a.attnum)
         FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid
     ))) = 1 AS same
     FROM pg_catalog.pg_index AS i
     JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
     WHERE i.indrelid = pg_catalog.to_regclass($1) AND c.relname IN ($2, $3)"
);

/// Gives expressions of `found` the text that they have in `expected`, the catalog of the scratch database, if they are the
/// same. Defaults, generated columns, checks, those of domains, and indexes are compared, each with the one of its name.
pub(crate) async fn unify(
    client: &Client,
    main: &Ident,
    expected: &Catalog,
    found: &mut Catalog,
) -> Result<(), MigrateError> {
    let path = format!("BEGIN; SET LOCAL search_path = {main}, pg_temp");
    client.batch_execute(&path).await.map_err(failed)?;
    let scratch = Scratch(client);
    for (key, expected) in &expected.tables {
        if let Some(found) = found.tables.get_mut(key) {
            let table = expected.name.clone().or_in(main.as_str()).quoted();
            scratch.unify_tables(&table, expected, found).await?;
        }
    }
    for (key, expected) in expected.created_types.iter().filter(|(_, state)| state.base.is_some()) {
        let Some(found) = found.created_types.get_mut(key) else { continue };
        let domain = expected.name.clone().or_in(main.as_str()).quoted();
        for (name, definition) in &mut found.parts {
            if let Some(wanted) = expected.part(name)
                && wanted != definition
                && wanted.ends_with(NOT_VALID) == definition.ends_with(NOT_VALID)
                && scratch.is_same_domain_check(&domain, name, definition).await?
            {
                definition.clone_from(wanted);
            }
        }
    }
    client.batch_execute("ROLLBACK").await.map_err(failed)
}

/// The scratch database, in a transaction.
struct Scratch<'a>(&'a Client);

impl Scratch<'_> {
    /// Unifies two tables, of which the scratch database has the `expected` one.
    async fn unify_tables(
        &self,
        table: &str,
        expected: &TableState,
        found: &mut TableState,
    ) -> Result<(), MigrateError> {
        for (name, wanted) in &expected.columns {
            let Some(column) = found.columns.get_mut(name).filter(|found| found.generated == wanted.generated) else {
                continue;
            };
            if let (Some(one), Some(other)) = (&wanted.default, &column.default)
                && one != other
                && self.are_same_values(table, one, other).await?
            {
                column.default.clone_from(&wanted.default);
            }
        }
        for (name, wanted) in &expected.constraints {
            let Some(constraint) = found.constraints.get_mut(name) else { continue };
            let are_checks =
                [&wanted.kind, &constraint.kind].iter().all(|kind| matches!(kind, ConstraintKind::Check { .. }));
            // A definition says NOT ENFORCED, the expression does not.
            if are_checks
                && wanted.enforced == constraint.enforced
                && wanted.definition != constraint.definition
                && self.is_same_check(table, name, &constraint.definition).await?
            {
                constraint.definition.clone_from(&wanted.definition);
                constraint.kind.clone_from(&wanted.kind);
            }
        }
        for (name, wanted) in &expected.indexes {
            let Some(index) = found.indexes.get_mut(name) else { continue };
            if wanted.definition != index.definition && self.is_same_index(table, name, index).await? {
                let (valid, comment) = (index.valid, index.comment.take());
                *index = IndexState { valid, comment, ..wanted.clone() };
            }
        }
        Ok(())
    }

    /// Compares two expressions of a table's columns.
    async fn are_same_values(&self, table: &str, one: &str, other: &str) -> Result<bool, MigrateError> {
        let create = format!(
            "ALTER TABLE {table} ADD CONSTRAINT schemata_one CHECK (({one}) IS NULL) NOT VALID,
                                 ADD CONSTRAINT {OTHER} CHECK (({other}) IS NULL) NOT VALID"
        );
        self.is_same(&create, SAME_CHECKS, table, "schemata_one").await
    }

    /// Compares the check `name` with the one of this definition.
    async fn is_same_check(&self, table: &str, name: &str, definition: &str) -> Result<bool, MigrateError> {
        let create = format!("ALTER TABLE {table} ADD CONSTRAINT {OTHER} {definition} NOT VALID");
        self.is_same(&create, SAME_CHECKS, table, name).await
    }

    /// Compares the check `name` of a domain with the one of this definition.
    async fn is_same_domain_check(&self, domain: &str, name: &str, definition: &str) -> Result<bool, MigrateError> {
        let create = format!("ALTER DOMAIN {domain} ADD CONSTRAINT {OTHER} {definition} NOT VALID");
        self.is_same(&create, SAME_DOMAIN_CHECKS, domain, name).await
    }

    /// Compares the index `name` with another one.
    async fn is_same_index(&self, table: &str, name: &str, other: &IndexState) -> Result<bool, MigrateError> {
        let (unique, rest) =
            other.definition.strip_prefix("UNIQUE ").map_or(("", &*other.definition), |rest| ("UNIQUE ", rest));
        let create = format!("CREATE {unique}INDEX {OTHER} ON {table} USING {rest}");
        self.is_same(&create, SAME_INDEXES, table, name).await
    }

    /// Runs `create`, compares what it created with what is called `name`, and takes it back. What the scratch database
    /// cannot create is different.
    async fn is_same(&self, create: &str, compare: &str, of: &str, name: &str) -> Result<bool, MigrateError> {
        self.0.batch_execute("SAVEPOINT schemata_same").await.map_err(failed)?;
        let same = match self.0.batch_execute(create).await {
            Err(error) if error.as_db_error().is_some() => false,
            Err(error) => return Err(failed(error)),
            Ok(()) => {
                let names = [(&of as &(dyn ToSql + Sync), Type::TEXT), (&name, Type::TEXT), (&OTHER, Type::TEXT)];
                let rows = self.0.query_typed(compare, &names).await.map_err(failed)?;
                rows.first().is_some_and(|row| row.get("same"))
            }
        };
        self.0.batch_execute("ROLLBACK TO schemata_same").await.map_err(failed)?;
        Ok(same)
    }
}

fn failed(source: tokio_postgres::Error) -> MigrateError {
    MigrateError::Session { step: "comparing expressions on a scratch database", source }
}
