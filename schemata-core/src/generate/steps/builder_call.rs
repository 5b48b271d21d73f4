//! The methods of a migration that cannot share a transaction, and `commit`, as values, so that they can be called as
//! well as written.

use crate::migrate::{Migration, MigrationResult};

/// The name of a method, and its arguments.
pub(crate) type MethodCall = (&'static str, Vec<String>);

/// A call of a method that returns a builder, or of `commit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BuilderCall {
    /// With `before` or `after` and another value, unless it is the last one.
    AddEnumValue {
        name: String,
        value: String,
        place: Option<(&'static str, String)>,
    },
    /// `concurrently`.
    CreateIndex {
        name: String,
        definition: String,
        unique: bool,
    },
    Backfill {
        table: String,
        set: String,
        filter: String,
    },
    Commit,
}

impl BuilderCall {
    /// Returns the chain of calls on `m`.
    pub(crate) fn calls(&self) -> Vec<MethodCall> {
        match self {
            Self::AddEnumValue { name, value, place } => {
                let first = ("add_enum_value", vec![name.clone(), value.clone()]);
                let place = place.clone().map(|(method, other)| (method, vec![other]));
                std::iter::once(first).chain(place).collect()
            }
            Self::CreateIndex { name, definition, unique } => {
                let mut calls = vec![("create_index", vec![name.clone(), definition.clone()])];
                calls.extend(unique.then(|| ("unique", Vec::new())));
                calls.push(("concurrently", Vec::new()));
                calls
            }
            Self::Backfill { table, set, filter } => {
                let one = |method, argument: &String| (method, vec![argument.clone()]);
                vec![one("backfill", table), one("set", set), one("filter", filter)]
            }
            Self::Commit => vec![("commit", Vec::new())],
        }
    }

    /// Makes these calls.
    pub(crate) async fn call(&self, m: &mut Migration<'_>) -> MigrationResult {
        match self {
            Self::AddEnumValue { name, value, place } => {
                let value = m.add_enum_value(name, value);
                match place {
                    Some(("before", other)) => value.before(other).await,
                    Some((_, other)) => value.after(other).await,
                    None => value.await,
                }
            }
            Self::CreateIndex { name, definition, unique } => {
                let index = m.create_index(name, definition).concurrently();
                if *unique { index.unique().await } else { index.await }
            }
            Self::Backfill { table, set, filter } => m.backfill(table).set(set).filter(filter).await,
            Self::Commit => m.commit().await,
        }
    }
}
