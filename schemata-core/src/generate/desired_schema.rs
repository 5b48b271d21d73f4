//! The schema that the models describe, as the goal of a migration.
//!
//! The catalog is what PostgreSQL made of the models. Where a model spells a column or a constraint itself, its own
//! spelling is written, otherwise PostgreSQL's.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::catalog::{Catalog, ColumnState, Generated, TableState, TypeClass};
use crate::generate::text::identifiers::quote_if_needed;
use crate::ident::{Ident, MAX_IDENT_BYTES};
use crate::qualified_name::QualifiedName;
use crate::schema::type_name::short_type;
use crate::schema::{Column, Table, Validity};
use crate::sql::{ddl, literal};

/// An extension, and its schema if that is not the migrated one.
#[derive(Debug, Clone)]
pub(crate) struct Extension {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
}

/// Models by the catalog's keys of their tables.
#[derive(Debug, Default)]
pub(crate) struct ModelsByKey(BTreeMap<String, &'static Table>);

impl ModelsByKey {
    pub(crate) fn of(main: &Ident, models: &[&'static Table]) -> Self {
        let key = |table: &Table| QualifiedName::within(main.as_str(), table.schema, table.name).to_string();
        Self(models.iter().map(|table| (key(table), *table)).collect())
    }
}

/// The schema that the models describe.
pub(crate) struct DesiredSchema<'a> {
    /// The migrated schema.
    pub(crate) main: &'a Ident,
    pub(crate) models: &'a [&'static Table],
    pub(crate) by_key: &'a ModelsByKey,
    /// The catalog of a database in which the models' tables were created.
    pub(crate) catalog: &'a Catalog,
    /// The extensions that the models need.
    pub(crate) extensions: &'a [Extension],
    /// Whether new tables are created by SQL, even those that a frozen model could create.
    pub(crate) in_sql: bool,
}

impl DesiredSchema<'_> {
    /// Returns the catalog's key of a model's table.
    pub(crate) fn key(&self, table: &Table) -> String {
        self.name(table).to_string()
    }

    /// Returns the name of a model's table.
    pub(crate) fn name(&self, table: &Table) -> QualifiedName {
        QualifiedName::within(self.main.as_str(), table.schema, table.name)
    }

    /// Returns the model of a table.
    pub(crate) fn table(&self, key: &str) -> Option<&'static Table> {
        self.by_key.0.get(key).copied()
    }

    /// Returns the keys of a catalog's tables: first those of models, in the models' order, then the others.
    pub(crate) fn order(&self, catalog: &Catalog) -> Vec<String> {
        let mut keys: Vec<String> = self.models.iter().map(|table| self.key(table)).collect();
        keys.extend(catalog.tables.keys().filter(|key| self.table(key).is_none()).cloned());
        keys
    }

    /// Returns the names of a table's columns: first those of the model, in the model's order, then the others.
    pub(crate) fn columns_in_order<'s>(&self, key: &str, state: &'s TableState) -> Vec<&'s str> {
        let declared = self.table(key).map(|table| table.columns).unwrap_or_default();
        let place = |name: &str| declared.iter().position(|column| column.name == name).unwrap_or(usize::MAX);
        let mut columns = state.columns_in_order();
        columns.sort_by_key(|(name, _)| place(name));
        columns.into_iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn column(&self, key: &str, name: &str) -> Option<&'static Column> {
        self.table(key)?.column(name)
    }

    /// Returns what follows a column's name in its definition: `varchar(20) NOT NULL DEFAULT 'pending'`. `nullable`
    /// leaves NOT NULL out.
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
            text.push_str(&self.not_null(key, name, state));
        }
        if let Some(default) = self.default(key, name, state) {
            let _ = write!(text, " DEFAULT {default}");
        }
        text
    }

    /// Returns NOT NULL, with a name if PostgreSQL would not generate it.
    fn not_null(&self, key: &str, name: &str, state: &ColumnState) -> String {
        let Some(constraint) = &state.not_null else { return " NOT NULL".to_owned() };
        let table = self.catalog.tables.get(key).map_or(key, |table| table.name.name.as_str());
        let generated = format!("{table}_{name}_not_null");
        let own = if generated.len() > MAX_IDENT_BYTES {
            constraint.own_name()
        } else {
            Some(constraint.name.as_str()).filter(|own| **own != generated)
        };
        let named = own.map_or_else(String::new, |own| format!(" CONSTRAINT {}", quote_if_needed(own)));
        format!("{named} NOT NULL{}", if constraint.no_inherit { " NO INHERIT" } else { "" })
    }

    /// Returns a column's type.
    pub(crate) fn sql_type(&self, key: &str, name: &str, state: &ColumnState) -> String {
        let declared = self.column(key, name).and_then(|column| column.declared);
        declared.map_or_else(|| short_type(&state.sql_type), |declared| declared.trim().to_owned())
    }

    /// Returns a column's default.
    pub(crate) fn default(&self, key: &str, name: &str, state: &ColumnState) -> Option<String> {
        let printed = state.default.as_ref().filter(|_| state.generated.is_none())?;
        let declared = self.column(key, name).and_then(|column| column.default.as_ref());
        Some(declared.map_or_else(|| printed.clone(), literal::default))
    }

    /// Returns the expression of a generated column.
    pub(crate) fn expression(&self, key: &str, name: &str, state: &ColumnState) -> String {
        let declared = self.column(key, name).and_then(|column| column.generated);
        declared.map_or_else(|| state.default.clone().unwrap_or_default(), |sql| literal::raw(sql).into_owned())
    }

    /// Returns a constraint's definition; for a check, as the model spells it.
    pub(crate) fn constraint(&self, key: &str, name: &str, printed: &str) -> String {
        let declared = self.table(key).and_then(|table| table.checks.iter().find(|check| check.name == name));
        declared.map_or_else(
            || printed.to_owned(),
            |check| {
                let inherit = if check.no_inherit { " NO INHERIT" } else { "" };
                let enforced = if check.validity == Validity::NotEnforced { " NOT ENFORCED" } else { "" };
                format!("CHECK ({}){inherit}{enforced}", literal::raw(check.sql))
            },
        )
    }

    /// Returns the columns of `catalog` that have the enum type `name`, or an array of it, each with its table.
    pub(crate) fn columns_of_type<'c>(catalog: &'c Catalog, name: &QualifiedName) -> Vec<(&'c str, &'c str)> {
        let has_type = |state: &ColumnState| state.base.kind == TypeClass::Enum && state.base.name == *name;
        let tables = catalog.tables.iter();
        tables
            .flat_map(|(table, state)| {
                let columns = state.columns.iter().filter(|(_, column)| has_type(column));
                columns.map(|(column, _)| (table.as_str(), column.as_str()))
            })
            .collect()
    }
}
