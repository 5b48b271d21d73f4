//! Creates the models' tables where the migrations have run: on the replay's scratch database, beside the extensions,
//! domains and functions that the migrations created.
//!
//! Nothing is dropped: objects in the place of the models' tables and types move into another schema, so that functions
//! and domains that depend on them stay. Each statement commits by itself, since a transaction holds a lock on every
//! table that it creates, and the server has room for some thousands of locks.

use std::collections::BTreeSet;

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use crate::catalog::{Catalog, TypeClass};
use crate::ident::{Ident, quoted};
use crate::migrate::MigrateError;
use crate::migrate::session::DedicatedConnection;
use crate::prove::read_catalog::read_catalog;
use crate::schema::Table;
use crate::sql::ddl::{self, CreatedType, DdlError, TypeDefinition};

/// The number of statements per transaction, each of which locks a table.
const STATEMENTS_PER_TRANSACTION: usize = 200;

/// Creates the tables of `models` on the scratch database of `connection`, in the place of its own tables, and returns their
/// catalog.
pub(super) async fn build(
    connection: &DedicatedConnection,
    main: &Ident,
    models: &[&'static Table],
    further: &[&str],
) -> Result<Catalog, MigrateError> {
    connection.renew().await?;
    ModelTables { client: &connection.client, main, models, further }.build().await
}

/// The models and the database that gets their tables.
struct ModelTables<'a> {
    client: &'a Client,
    main: &'a Ident,
    models: &'a [&'static Table],
    further: &'a [&'a str],
}

impl ModelTables<'_> {
    async fn build(&self) -> Result<Catalog, MigrateError> {
        self.run("SET synchronous_commit = off").await?;
        self.refuse_what_the_server_lacks().await?;
        let types = ddl::created_types(self.main, self.models)?;
        for schema in self.schemas().filter(|name| *name != "public") {
            self.run(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema))).await?;
        }
        let kept = self.make_room(&types).await?;
        self.run(&format!("SET search_path = {}, public, pg_temp", self.main)).await?;
        let new = types.iter().filter(|it| !kept.contains(&(it.schema.to_owned(), it.name.to_owned())));
        for statement in new.map(CreatedType::create).chain(ddl::create_tables(self.main, self.models)?) {
            self.client.batch_execute(&statement).await.map_err(|source| {
                let statement = statement.lines().next().unwrap_or_default().trim_end_matches(" (").to_owned();
                MigrateError::ModelTables { statement, source }
            })?;
        }
        let mut built = read_catalog(self.client, self.main, self.further).await?;
        self.remove_unused_enums(&types, &mut built);
        self.remove_undeclared_types(&types, &mut built);
        Ok(built)
    }

    async fn refuse_what_the_server_lacks(&self) -> Result<(), MigrateError> {
        let sql = "SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major";
        let rows = self.client.query_typed(sql, &[]).await.map_err(failed)?;
        let Some(major) = rows.first().map(|row| row.get::<_, i32>("major")) else { return Ok(()) };
        for table in self.models {
            if let Some((feature, needs)) = ddl::lacking(table, major) {
                return Err(DdlError::Lacking { table: table.name, feature, needs, major }.into());
            }
        }
        Ok(())
    }

    fn schemas(&self) -> impl Iterator<Item = &str> {
        self.further.iter().copied().chain([self.main.as_str()])
    }

    /// Moves the objects in the place of the models' tables and types. Returns the enums that already have the models'
    /// labels: they stay, since functions may take or return them.
    async fn make_room(&self, types: &[CreatedType<'_>]) -> Result<BTreeSet<(String, String)>, MigrateError> {
        let schemas: BTreeSet<&str> = self.schemas().chain(types.iter().map(|it| it.schema)).collect();
        let schemas: Vec<&str> = schemas.into_iter().collect();
        let tables = self.models.iter().map(|table| table.name);
        let sequences = ddl::sequence_names(self.models);
        let names = tables.chain(types.iter().map(|it| it.name)).chain(sequences.iter().map(String::as_str));
        let names: Vec<&str> = names.collect();

        // The objects of each schema move into a schema of their own, since names may be equal.
        let aside = |schema: &str| {
            let number = schemas.iter().position(|name| *name == schema).unwrap_or_default();
            format!("schemata_aside_{number}")
        };
        let mut statements: Vec<String> =
            schemas.iter().map(|schema| format!("CREATE SCHEMA {}", aside(schema))).collect();
        let mut kept = BTreeSet::new();
        let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)];
        let rows = self.client.query_typed(include_str!("model_tables.sql"), &parameters).await.map_err(failed)?;
        for row in &rows {
            let (schema, name): (&str, &str) = (row.get("schema"), row.get("name"));
            let object = format!("{}.{}", quoted(schema), quoted(name));
            statements.push(match row.get("kind") {
                "owned sequence" => format!("ALTER SEQUENCE {object} OWNED BY NONE"),
                "type" => {
                    let labels: Vec<String> = row.get("labels");
                    let declared = types.iter().find(|it| it.schema == schema && it.name == name);
                    if declared.is_some_and(|it| matches!(it.definition, TypeDefinition::Enum(own) if own == labels)) {
                        kept.insert((schema.to_owned(), name.to_owned()));
                        continue;
                    }
                    format!("ALTER TYPE {object} SET SCHEMA {}", aside(schema))
                }
                _ => format!("ALTER TABLE {object} SET SCHEMA {}", aside(schema)),
            });
        }
        for some in statements.chunks(STATEMENTS_PER_TRANSACTION) {
            self.run(&some.join(";")).await?;
        }
        Ok(kept)
    }

    /// Removes the enums that the migrations created and that neither a model declares nor a column of its tables has.
    fn remove_unused_enums(&self, types: &[CreatedType<'_>], built: &mut Catalog) {
        let tables = &built.tables;
        built.enums.retain(|_, found| {
            let schema = found.name.schema.as_deref().unwrap_or(self.main.as_str());
            let declared = types.iter().any(|it| it.schema == schema && it.name == found.name.name);
            let mut columns = tables.values().flat_map(|table| table.columns.values());
            declared
                || columns.any(|column| {
                    let base = &column.base;
                    base.kind == TypeClass::Enum && base.name == found.name
                })
        });
    }

    /// Removes the domains and composite types that no model declares.
    fn remove_undeclared_types(&self, types: &[CreatedType<'_>], built: &mut Catalog) {
        built.created_types.retain(|_, found| {
            let schema = found.name.schema.as_deref().unwrap_or(self.main.as_str());
            types.iter().any(|it| it.schema == schema && it.name == found.name.name)
        });
    }

    async fn run(&self, sql: &str) -> Result<(), MigrateError> {
        self.client.batch_execute(sql).await.map_err(failed)
    }
}

fn failed(source: tokio_postgres::Error) -> MigrateError {
    MigrateError::Session { step: "creating the models' tables on a scratch database", source }
}
