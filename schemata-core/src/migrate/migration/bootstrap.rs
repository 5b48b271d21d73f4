//! `m.bootstrap(…)`: creates tables from models.

use crate::ident::{Ident, quoted};
use crate::migrate::migration::awaitable::awaitable;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::operation::{NameScope, Operation};
use crate::migrate::migration::step_error::StepError;
use crate::schema::Table;
use crate::sql::ddl;
use crate::sql::literal::quote_literal;

/// Tables to create; `await` creates them.
///
/// `CREATE TABLE` without `IF NOT EXISTS`: a table that exists already is an error. An enum type that exists, made by an
/// earlier migration for example, is used if it has the same labels in the same order, and is an error otherwise.
#[derive(Debug)]
#[must_use = "nothing is created until this is awaited"]
pub struct Bootstrap<'m, 'c> {
    migration: &'m mut Migration<'c>,
    tables: Vec<&'static Table>,
    extensions: Vec<String>,
}

impl<'c> Migration<'c> {
    /// Creates tables, with their types and indexes, parents before children: `m.bootstrap(tables![…]).await`.
    pub fn bootstrap(&mut self, tables: impl IntoIterator<Item = &'static Table>) -> Bootstrap<'_, 'c> {
        Bootstrap { migration: self, tables: tables.into_iter().collect(), extensions: Vec::new() }
    }
}

impl Bootstrap<'_, '_> {
    /// Creates these extensions first, if they do not exist. None is needed by default: `gen_random_uuid()` is
    /// built in since PostgreSQL 13.
    pub fn extensions<E: Into<String>>(mut self, names: impl IntoIterator<Item = E>) -> Self {
        self.extensions.extend(names.into_iter().map(Into::into));
        self
    }

    async fn create(self) -> Result<(), StepError> {
        let types = ddl::created_types(self.migration.schema(), &self.tables)?;
        let statements = ddl::create_tables(self.migration.schema(), &self.tables)?;
        if let Some(major) = self.migration.major() {
            self.tables.iter().try_for_each(|table| check_supported(table, major))?;
        }
        let mut operations = Vec::new();
        for name in self.extensions {
            let create = format!("CREATE EXTENSION IF NOT EXISTS {}", Ident::new(name)?);
            operations.push(Operation::statement(create, NameScope::WithExtensions));
        }
        for schema in ddl::named_schemas(&self.tables) {
            // IF NOT EXISTS alone needs the CREATE privilege on the database even if the schema exists.
            let exists = format!("SELECT FROM pg_catalog.pg_namespace WHERE nspname = {}", quote_literal(schema));
            let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema));
            operations.push(Operation::statement(create, NameScope::WithExtensions).unless(exists));
        }
        for of in types {
            operations.push(Operation::statement(of.create(), NameScope::WithExtensions).unless(of.exists()));
        }
        operations.extend(statements.into_iter().map(|sql| Operation::statement(sql, NameScope::WithExtensions)));
        self.migration.step(operations).await
    }
}

/// Refuses features that the server lacks: PostgreSQL's own message would be "syntax error".
fn check_supported(table: &Table, major: i32) -> Result<(), StepError> {
    match ddl::lacking(table, major) {
        Some((feature, needs)) => Err(StepError::ServerTooOld { feature, table: table.name, needs, major }),
        None => Ok(()),
    }
}

awaitable!(Bootstrap, create);
