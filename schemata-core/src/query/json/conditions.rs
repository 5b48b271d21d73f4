//! Conditions on JSON columns and expressions.

use serde_json::Value;
use tokio_postgres::types::Json;

use crate::param::Param;
use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::query::expr::{Expr, bound, expression_methods};
use crate::query::scope::ReadBy;
use crate::query::scope::index::{self, Expression};
use crate::query::source::Source;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::ColumnType;
use crate::sql::tree::{Expr as Tree, Filter};

/// JSON columns: `serde_json::Value`, `Json<T>`, and `Option`s of these.
pub trait JsonColumn: ColumnType {}

impl JsonColumn for Value {}
impl JsonColumn for Option<Value> {}
impl<T> JsonColumn for Json<T> where Self: ColumnType {}
impl<T> JsonColumn for Option<Json<T>> where Self: ColumnType {}

/// What a JSON document is compared with in a query over `S`: a value, a JSON column or an expression.
#[diagnostic::on_unimplemented(
    message = "a JSON document cannot be compared with `{Self}`",
    label = "expected a `serde_json::Value`, what converts to one, or a JSON column or expression",
    note = "`to_jsonb(…)` makes a document of another column"
)]
pub trait JsonOperand<S, K> {
    #[doc(hidden)]
    fn __json(self) -> JsonTree;
}

/// A document as a tree.
#[doc(hidden)]
pub struct JsonTree(Tree);

opaque_debug!([][JsonTree]);

#[diagnostic::do_not_recommend]
impl<S, V: Into<Value>> JsonOperand<S, index::Value> for V {
    fn __json(self) -> JsonTree {
        JsonTree(Tree::Value(Param::new(self.into()), None))
    }
}

#[diagnostic::do_not_recommend]
impl<S, I, M: Source + ReadBy<S, I>, T: JsonColumn, A> JsonOperand<S, Expression<I>> for Col<M, T, A> {
    fn __json(self) -> JsonTree {
        JsonTree(self.tree())
    }
}

#[diagnostic::do_not_recommend]
impl<S, I, R: ReadBy<S, I>, T: JsonColumn> JsonOperand<S, Expression<I>> for Expr<R, T> {
    fn __json(self) -> JsonTree {
        JsonTree(self.tree)
    }
}

fn compared<S>(left: &'static [&'static str], document: Tree, other: Tree) -> Condition<S> {
    let other = match other {
        Tree::Value(value, ty) => Tree::Value(document.compared(&value), ty),
        other => other,
    };
    Condition::new(Filter::holds(Tree::pieces(left, [document, other])))
}

expression_methods! { [JsonColumn]
    /// Contains `value`: each of its members and elements at the same place, in any order. JSON's `null` is a value here; SQL's
    /// NULL contains nothing.
    ///
    /// For this and the other conditions on the content of a document (PostgreSQL manual 8.14.3), a column declared as `json`
    /// is compared as `jsonb`; only a `jsonb` column can use an index.
    pub fn json_contains<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: JsonOperand<S, K>,
    {
        compared(&["", "::jsonb @> ", "::jsonb"], self.tree(), value.__json().0)
    }

    /// Is contained in `value`.
    pub fn json_contained_by<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: JsonOperand<S, K>,
    {
        compared(&["", "::jsonb <@ ", "::jsonb"], self.tree(), value.__json().0)
    }

    /// Is an object with this key, or an array that contains this text.
    pub fn has_key<S, I>(self, key: impl Into<String>) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        compared(&["", "::jsonb ? ", ""], self.tree(), bound(key.into()))
    }

    /// Is an object with any of these keys, or an array that contains any of these texts.
    pub fn has_any_key<S, K: Into<String>, I>(self, keys: impl IntoIterator<Item = K>) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        compared(&["", "::jsonb ?| ", ""], self.tree(), texts(keys))
    }

    /// Is an object with all of these keys, or an array that contains all of these texts.
    pub fn has_all_keys<S, K: Into<String>, I>(self, keys: impl IntoIterator<Item = K>) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        compared(&["", "::jsonb ?& ", ""], self.tree(), texts(keys))
    }

    /// The SQL/JSON path finds an item, as in `$.items[*] ? (@.price > 100)`. Missing members and items of another type do not
    /// match, and are no errors; an invalid path is a database error (42601).
    pub fn path_exists<S, I>(self, path: impl Into<String>) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        compared(&["", "::jsonb @? ", "::jsonpath"], self.tree(), bound(path.into()))
    }
}

/// Returns the tree of a bound list of texts.
pub(super) fn texts<K: Into<String>>(texts: impl IntoIterator<Item = K>) -> Tree {
    bound(texts.into_iter().map(Into::into).collect::<Vec<String>>())
}
