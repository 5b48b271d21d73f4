//! Conditions on JSON columns.

use tokio_postgres::types::Json;

use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::schema::ColumnType;
use crate::sql::filter::Filter;

/// JSON columns: `serde_json::Value`, `Json<T>`, and `Option`s of these.
pub trait JsonColumn: ColumnType {}

impl JsonColumn for serde_json::Value {}
impl JsonColumn for Option<serde_json::Value> {}
impl<T> JsonColumn for Json<T> where Self: ColumnType {}
impl<T> JsonColumn for Option<Json<T>> where Self: ColumnType {}

/// Conditions on the content of a document (PostgreSQL manual 8.14.3). A column declared as `json` is compared as `jsonb`; only
/// a `jsonb` column can use an index for them.
impl<M, T: JsonColumn, S> Col<M, T, S> {
    /// Contains `value`: each of its members and elements at the same place, in any order. JSON's `null` is a value here; SQL's
    /// NULL contains nothing.
    pub fn json_contains(self, value: impl Into<serde_json::Value>) -> Condition<M> {
        let value = Box::new(value.into());
        Condition::new(Filter::Compare { column: self.name().into(), operator: "::jsonb @> ", value, joins: false })
    }

    /// Is an object with this key, or an array that contains this text.
    pub fn has_key(self, key: impl Into<String>) -> Condition<M> {
        let value = Box::new(key.into());
        Condition::new(Filter::Compare { column: self.name().into(), operator: "::jsonb ? ", value, joins: false })
    }

    /// The SQL/JSON path finds an item, as in `$.items[*] ? (@.price > 100)`. Missing members and items of another type do not
    /// match, and are no errors; an invalid path is a database error (42601).
    pub fn path_exists(self, path: impl Into<String>) -> Condition<M> {
        Condition::new(Filter::Around {
            column: self.name().into(),
            before: "::jsonb @? ",
            value: Box::new(path.into()),
            after: "::text::jsonpath",
        })
    }
}
