//! The models' own tables, where the migrations have run: what PostgreSQL makes of the models, with the extensions, domains,
//! functions and whatever else around that the migrations made.
//!
//! Nothing is dropped: what stands where the models' tables and types belong moves into another schema, so that functions and
//! domains that depend on it stay. Each statement commits by itself, since a transaction holds a lock on every table it makes,
//! and the server has room for some thousands.

use std::collections::BTreeSet;

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::catalog::{self, Catalog, TypeClass};
use crate::ident::{Ident, quoted};
use crate::migrate::session::Connection;
use crate::migrate::{MigrateError, Migrator, ScratchError};
use crate::schema::Table;
use crate::sql::ddl::{self, EnumType};

/// Not what extensions own.
const NO_MEMBER: &str = "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')";

/// Tables, views, and what has the name of a model's table: in its place no table can be made. Their indexes go with them.
const RELATIONS: &str = "SELECT n.nspname::text, o.relname::text FROM pg_catalog.pg_class o \
     JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace WHERE n.nspname = ANY($1) \
     AND (o.relkind IN ('r', 'p', 'f', 'v', 'm') OR o.relkind = 'S' AND o.relname = ANY($2))";

/// Sequences that would go with their tables. Defaults may name them.
const OWNED: &str = "SELECT n.nspname::text, o.relname::text FROM pg_catalog.pg_class o \
     JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace WHERE n.nspname = ANY($1) AND $2::text[] IS NOT NULL \
     AND o.relkind = 'S' AND EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'a' \
     AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid)";

/// Types with the name of a model's table or type.
const TYPES: &str = "SELECT n.nspname::text, o.typname::text, \
     ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = o.oid ORDER BY e.enumsortorder) \
     FROM pg_catalog.pg_type o JOIN pg_catalog.pg_namespace n ON n.oid = o.typnamespace \
     LEFT JOIN pg_catalog.pg_class c ON c.oid = o.typrelid WHERE n.nspname = ANY($1) AND o.typname = ANY($2) \
     AND (o.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')";

impl Migrator {
    /// The catalog of the models' own DDL. The database is a scratch one: it keeps the models' tables instead of its own.
    pub(crate) async fn build(
        &self,
        connection: &Connection,
        models: &[&'static Table],
        further: &[&str],
    ) -> Result<Catalog, MigrateError> {
        connection.renew().await?;
        let site = Site { client: &connection.client, main: self.target(), models, further };
        site.run("SET synchronous_commit = off").await?;
        site.build().await
    }
}

/// How many statements share a transaction where each locks a table.
const AT_ONCE: usize = 200;

/// Where models are built.
struct Site<'a> {
    client: &'a Client,
    main: &'a Ident,
    models: &'a [&'static Table],
    further: &'a [&'a str],
}

impl Site<'_> {
    async fn build(&self) -> Result<Catalog, MigrateError> {
        let types = ddl::enums(self.main, self.models)?;
        for schema in self.further.iter().copied().chain([self.main.as_str()]).filter(|name| *name != "public") {
            self.run(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema))).await?;
        }
        let kept = self.clear(&types).await?;
        self.run(&format!("SET search_path = {}, public, pg_temp", self.main)).await?;
        let new = types.iter().filter(|it| !kept.contains(&(it.schema.to_owned(), it.name.as_str().to_owned())));
        for statement in new.map(EnumType::create).chain(ddl::create_tables(self.main, self.models)?) {
            self.client.batch_execute(&statement).await.map_err(|source| {
                let statement = statement.lines().next().unwrap_or_default().trim_end_matches(" (").to_owned();
                MigrateError::from(ScratchError::Models { statement, source })
            })?;
        }
        let read = catalog::read(self.client, self.main, self.further).await;
        let mut built = read.map_err(|source| MigrateError::Session { step: "reading the catalog", source })?;
        self.forget_unused(&types, &mut built);
        Ok(built)
    }

    /// Makes room for the models' tables and types. Yields the enums that are there as the models want them: they stay, since
    /// functions may take or return them.
    async fn clear(&self, types: &[EnumType<'_>]) -> Result<BTreeSet<(String, String)>, MigrateError> {
        let schemas: BTreeSet<&str> =
            self.further.iter().copied().chain([self.main.as_str()]).chain(types.iter().map(|it| it.schema)).collect();
        let schemas: Vec<&str> = schemas.into_iter().collect();
        let tables = self.models.iter().map(|table| table.name);
        let names: Vec<&str> = tables.chain(types.iter().map(|it| it.name.as_str())).collect();

        let mut statements = Vec::new();
        for (schema, name, ()) in self.list(OWNED, &schemas, &names, |_| ()).await? {
            statements.push(format!("ALTER SEQUENCE {}.{} OWNED BY NONE", quoted(&schema), quoted(&name)));
        }
        // One for each schema: names may be equal.
        let aside = |schema: &str| {
            let number = schemas.iter().position(|name| *name == schema).unwrap_or_default();
            format!("schemata_aside_{number}")
        };
        statements.extend(schemas.iter().map(|schema| format!("CREATE SCHEMA {}", aside(schema))));
        let mut away = |kind: &str, schema: &str, name: &str| {
            let (from, to) = (format!("{}.{}", quoted(schema), quoted(name)), aside(schema));
            statements.push(format!("ALTER {kind} {from} SET SCHEMA {to}"));
        };
        for (schema, name, ()) in self.list(RELATIONS, &schemas, &names, |_| ()).await? {
            away("TABLE", &schema, &name);
        }
        let mut kept = BTreeSet::new();
        for (schema, name, labels) in self.list(TYPES, &schemas, &names, |row| row.get::<_, Vec<String>>(2)).await? {
            let wanted = types.iter().find(|it| it.schema == schema && it.name.as_str() == name);
            if wanted.is_some_and(|it| it.labels == labels) {
                kept.insert((schema, name));
            } else {
                away("TYPE", &schema, &name);
            }
        }
        for some in statements.chunks(AT_ONCE) {
            self.run(&some.join(";")).await?;
        }
        Ok(kept)
    }

    async fn list<T>(
        &self,
        sql: &str,
        schemas: &[&str],
        names: &[&str],
        more: impl Fn(&tokio_postgres::Row) -> T,
    ) -> Result<Vec<(String, String, T)>, MigrateError> {
        let sql = format!("{sql} AND {NO_MEMBER}");
        let found = self.client.query_typed(&sql, &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)]).await;
        let rows = found.map_err(|source| MigrateError::Session { step: STEP, source })?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1), more(row))).collect())
    }

    /// Enums of the migrations that no model declares, and no column of theirs has, are not the models'.
    fn forget_unused(&self, types: &[EnumType<'_>], built: &mut Catalog) {
        let tables = &built.tables;
        built.enums.retain(|_, found| {
            let schema = found.name.schema.as_deref().unwrap_or(self.main.as_str());
            let declared = types.iter().any(|it| it.schema == schema && it.name.as_str() == found.name.name);
            let mut columns = tables.values().flat_map(|table| table.columns.values());
            declared || columns.any(|column| column.base.kind == TypeClass::Enum && column.base.name == found.name)
        });
    }

    async fn run(&self, sql: &str) -> Result<(), MigrateError> {
        self.client.batch_execute(sql).await.map_err(|source| MigrateError::Session { step: STEP, source })
    }
}

const STEP: &str = "creating the models' tables on a scratch database";
