//! The models as the goal of a migration: their tables found by catalog name, and their columns and constraints in the words
//! the models use. The catalog says the same in PostgreSQL's; where a model has nothing to say, those are used.

use std::fmt::Write;

use crate::catalog::{Catalog, ColumnState, EnumState, Generated, TableState, TypeClass};
use crate::generate::text::words::{plain, short_type};
use crate::ident::{Ident, quoted};
use crate::schema::{Column, Table};
use crate::sql::{ddl, literal};

/// A table's PostgreSQL schema, where it is not the migrated one, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableName {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl TableName {
    /// As it stands in SQL.
    pub(crate) fn sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", plain(schema), plain(&self.name)),
            None => plain(&self.name),
        }
    }

    /// As a quoted identifier, for what is put together for PostgreSQL alone.
    pub(crate) fn exact(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&self.name)),
            None => quoted(&self.name),
        }
    }

    /// As catalogs call it.
    pub(crate) fn key(&self) -> String {
        self.schema.as_ref().map_or_else(|| self.name.clone(), |schema| format!("{schema}.{}", self.name))
    }

    /// `name` in the schema of this table: an index, a type.
    pub(crate) fn beside(&self, name: &str) -> String {
        Self { schema: self.schema.clone(), name: name.to_owned() }.sql()
    }
}

/// An extension, and its schema where that is not the migrated one.
#[derive(Debug, Clone)]
pub(crate) struct Extension {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
}

/// Where the models want the database to be.
pub(crate) struct Target<'a> {
    /// The schema that is migrated.
    pub(crate) main: &'a Ident,
    pub(crate) models: &'a [&'static Table],
    /// What PostgreSQL makes of the models.
    pub(crate) catalog: &'a Catalog,
    /// The extensions they need.
    pub(crate) extensions: &'a [Extension],
}

impl Target<'_> {
    /// The catalog's name for a model's table.
    pub(crate) fn key(&self, table: &Table) -> String {
        self.name(table).key()
    }

    /// The name of a model's table.
    pub(crate) fn name(&self, table: &Table) -> TableName {
        let schema = table.schema.filter(|schema| *schema != self.main.as_str()).map(str::to_owned);
        TableName { schema, name: table.name.to_owned() }
    }

    /// The model of a table.
    pub(crate) fn table(&self, key: &str) -> Option<&'static Table> {
        self.models.iter().copied().find(|table| self.key(table) == key)
    }

    /// The tables of a catalog: those of models in the models' order, then the others.
    pub(crate) fn order(&self, catalog: &Catalog) -> Vec<String> {
        let mut keys: Vec<String> = self.models.iter().map(|table| self.key(table)).collect();
        keys.extend(catalog.tables.keys().filter(|key| self.table(key).is_none()).cloned());
        keys
    }

    pub(crate) fn column(&self, key: &str, name: &str) -> Option<&'static Column> {
        self.table(key)?.column(name)
    }

    /// `varchar(20) NOT NULL DEFAULT 'pending'`: what follows a column's name. `nullable` leaves NOT NULL out.
    pub(crate) fn definition(&self, key: &str, name: &str, state: &ColumnState, nullable: bool) -> String {
        let mut text =
            if state.serial { ddl::serial_type(&state.sql_type).to_owned() } else { self.sql_type(key, name, state) };
        if let Some(collation) = &state.collation {
            let _ = write!(text, " COLLATE {collation}");
        }
        if let Some(generated) = state.generated {
            let expression = self.expression(key, name, state);
            let kept = if generated == Generated::Stored { "STORED" } else { "VIRTUAL" };
            let _ = write!(text, " GENERATED ALWAYS AS ({expression}) {kept}");
        }
        if let Some(identity) = state.identity {
            let _ = write!(text, " GENERATED {} AS IDENTITY", identity.sql());
            if let Some(options) = &state.sequence {
                let _ = write!(text, " ({options})");
            }
        }
        if !(state.nullable || nullable) {
            text.push_str(" NOT NULL");
        }
        if let Some(default) = self.default(key, name, state) {
            let _ = write!(text, " DEFAULT {default}");
        }
        text
    }

    /// A column's type.
    pub(crate) fn sql_type(&self, key: &str, name: &str, state: &ColumnState) -> String {
        let declared = self.column(key, name).and_then(|column| column.declared);
        declared.map_or_else(|| short_type(&state.sql_type), |declared| declared.trim().to_owned())
    }

    /// A column's default.
    pub(crate) fn default(&self, key: &str, name: &str, state: &ColumnState) -> Option<String> {
        let printed = state.default.as_ref().filter(|_| state.generated.is_none())?;
        let declared = self.column(key, name).and_then(|column| column.default.as_ref());
        Some(declared.map_or_else(|| printed.clone(), literal::default))
    }

    /// What a generated column is computed from.
    fn expression(&self, key: &str, name: &str, state: &ColumnState) -> String {
        let declared = self.column(key, name).and_then(|column| column.generated);
        declared.map_or_else(|| state.default.clone().unwrap_or_default(), literal::raw)
    }

    /// A constraint's definition, a check's in the model's words.
    pub(crate) fn constraint(&self, key: &str, name: &str, printed: &str) -> String {
        let declared = self.table(key).and_then(|table| table.checks.iter().find(|check| check.name == name));
        declared.map_or_else(|| printed.to_owned(), |check| format!("CHECK ({})", literal::raw(check.sql)))
    }

    /// The tables that have a column of the enum `name`, and those columns.
    pub(crate) fn users<'c>(&self, catalog: &'c Catalog, name: &TypeKey<'_>) -> Vec<(&'c str, &'c str)> {
        let is_of = |state: &ColumnState| {
            let schema = name.schema.unwrap_or(self.main.as_str());
            state.base.kind == TypeClass::Enum && state.base.name == name.name && state.base.schema == schema
        };
        let tables = catalog.tables.iter();
        tables
            .flat_map(|(table, state)| {
                let columns = state.columns.iter().filter(|(_, column)| is_of(column));
                columns.map(|(column, _)| (table.as_str(), column.as_str()))
            })
            .collect()
    }
}

/// An enum type, by schema and name.
pub(crate) struct TypeKey<'a> {
    schema: Option<&'a str>,
    name: &'a str,
}

impl<'a> From<&'a EnumState> for TypeKey<'a> {
    fn from(state: &'a EnumState) -> Self {
        Self { schema: state.schema.as_deref(), name: &state.name }
    }
}

impl From<&TableState> for TableName {
    fn from(state: &TableState) -> Self {
        Self { schema: state.schema.clone(), name: state.name.clone() }
    }
}

impl From<&EnumState> for TableName {
    fn from(state: &EnumState) -> Self {
        Self { schema: state.schema.clone(), name: state.name.clone() }
    }
}
