//! Conditions on JSON columns.

use tokio_postgres::types::Json;

use crate::param::Param;
use crate::query::condition::Condition;
use crate::query::expr::expression_methods;
use crate::query::scope::ReadBy;
use crate::schema::ColumnType;
use crate::sql::tree::{Expr as Tree, Filter};

/// JSON columns: `serde_json::Value`, `Json<T>`, and `Option`s of these.
pub trait JsonColumn: ColumnType {}

impl JsonColumn for serde_json::Value {}
impl JsonColumn for Option<serde_json::Value> {}
impl<T> JsonColumn for Json<T> where Self: ColumnType {}
impl<T> JsonColumn for Option<Json<T>> where Self: ColumnType {}

expression_methods! { [JsonColumn]
    /// Contains `value`: each of its members and elements at the same place, in any order. JSON's `null` is a value here; SQL's
    /// NULL contains nothing.
    ///
    /// For this and the other conditions on the content of a document (PostgreSQL manual 8.14.3), a column declared as `json`
    /// is compared as `jsonb`; only a `jsonb` column can use an index.
    pub fn json_contains<S, I>(self, value: impl Into<serde_json::Value>) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        let (column, value) = (self.tree(), Param::new(value.into()));
        Condition::new(Filter::Compare { column, operator: "::jsonb @> ", value, joins: false })
    }

    /// Is an object with this key, or an array that contains this text.
    pub fn has_key<S, I>(self, key: impl Into<String>) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        let (column, value) = (self.tree(), Param::new(key.into()));
        Condition::new(Filter::Compare { column, operator: "::jsonb ? ", value, joins: false })
    }

    /// The SQL/JSON path finds an item, as in `$.items[*] ? (@.price > 100)`. Missing members and items of another type do not
    /// match, and are no errors; an invalid path is a database error (42601).
    pub fn path_exists<S, I>(self, path: impl Into<String>) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        let path = Tree::Value(Param::new(path.into()), Some(&String::SQL_TYPE));
        Condition::new(Filter::holds(Tree::pieces(&["", "::jsonb @? ", "::jsonpath"], [self.tree(), path])))
    }
}
