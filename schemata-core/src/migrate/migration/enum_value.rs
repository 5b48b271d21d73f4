//! `m.add_enum_value(…)`: adds a value to an enum type.

use crate::ident::Ident;
use crate::migrate::migration::awaitable::awaitable;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::migrate::migration::step_error::StepError;
use crate::sql::literal::quote_literal;

/// A value to add to an enum type; `await` adds it.
#[derive(Debug)]
#[must_use = "nothing is added until this is awaited"]
pub struct AddEnumValue<'m, 'c> {
    migration: &'m mut Migration<'c>,
    name: String,
    value: String,
    position: String,
}

impl<'c> Migration<'c> {
    /// `ALTER TYPE name ADD VALUE 'value'`, by default at the end.
    ///
    /// PostgreSQL lets nobody use the value before it is committed. If the migration has further steps after it, it is
    /// committed by itself, and the migration runs step by step.
    pub fn add_enum_value(&mut self, name: &str, value: &str) -> AddEnumValue<'_, 'c> {
        let (name, value) = (name.to_owned(), value.to_owned());
        AddEnumValue { migration: self, name, value, position: String::new() }
    }
}

impl AddEnumValue<'_, '_> {
    /// Adds it before another value.
    pub fn before(mut self, value: &str) -> Self {
        self.position = format!(" BEFORE {}", quote_literal(value));
        self
    }

    /// Adds it after another value.
    pub fn after(mut self, value: &str) -> Self {
        self.position = format!(" AFTER {}", quote_literal(value));
        self
    }

    async fn add(self) -> Result<(), StepError> {
        let name = Ident::new(self.name)?;
        let schema = self.migration.schema();
        let text = format!("ALTER TYPE {schema}.{name} ADD VALUE {}{}", quote_literal(&self.value), self.position);
        self.migration.step([Operation::of(OperationKind::AddEnumValue, text)]).await
    }
}

awaitable!(AddEnumValue, add);
