//! A new value of an enum type.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use crate::ident::Ident;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::operation::{Operation, OperationKind};
use crate::migrate::migration::step_error::{MigrationResult, StepError};
use crate::sql::literal::quote_literal;

/// A value to add to an enum type; `await` adds it.
#[derive(Debug)]
#[must_use = "nothing is added until this is awaited"]
pub struct AddEnumValue<'m, 'c> {
    migration: &'m mut Migration<'c>,
    name: String,
    value: String,
    place: String,
}

impl<'c> Migration<'c> {
    /// `ALTER TYPE name ADD VALUE 'value'`, at the end unless told where.
    ///
    /// PostgreSQL lets nobody use the value before it is committed. Where something comes after it in the migration, it is
    /// committed by itself, and the migration runs step by step.
    pub fn add_enum_value(&mut self, name: &str, value: &str) -> AddEnumValue<'_, 'c> {
        let (name, value) = (name.to_owned(), value.to_owned());
        AddEnumValue { migration: self, name, value, place: String::new() }
    }
}

impl AddEnumValue<'_, '_> {
    /// Before another value.
    pub fn before(mut self, value: &str) -> Self {
        self.place = format!(" BEFORE {}", quote_literal(value));
        self
    }

    /// After another value.
    pub fn after(mut self, value: &str) -> Self {
        self.place = format!(" AFTER {}", quote_literal(value));
        self
    }

    async fn add(self) -> Result<(), StepError> {
        let name = Ident::new(self.name)?;
        let schema = self.migration.schema();
        let text = format!("ALTER TYPE {schema}.{name} ADD VALUE {}{}", quote_literal(&self.value), self.place);
        self.migration.step([Operation::of(OperationKind::AddEnumValue, text)]).await
    }
}

impl<'m, 'c: 'm> IntoFuture for AddEnumValue<'m, 'c> {
    type Output = MigrationResult;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'm>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.add().await?) })
    }
}
