//! Steps that cannot share a transaction, and the end of one, as values: to be called, and to be written.

use crate::migrate::{Migration, MigrationResult};

/// A method, and what it is given.
pub(crate) type Call = (&'static str, Vec<String>);

/// A step that a migration has a builder for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Builder {
    /// With `before` or `after` and another value, where it is not the last.
    AddEnumValue {
        name: String,
        value: String,
        place: Option<(&'static str, String)>,
    },
    /// Concurrently.
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

impl Builder {
    /// The calls on `m`, one after another.
    pub(crate) fn calls(&self) -> Vec<Call> {
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
    pub(crate) async fn make(&self, m: &mut Migration<'_>) -> MigrationResult {
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
