//! Parts of JSON documents. A column declared as `json` is read as `jsonb`.

use serde_json::Value;

use crate::query::expr::{Expr, bound, expression_methods};
use crate::query::json::conditions::{JsonColumn, texts};
use crate::schema::{NullOf, Nullness};
use crate::sql::tree::Expr as Tree;

/// The type of a value that is NULL if a `T` is.
type As<T, U> = <NullOf<T> as Nullness>::Of<U>;

fn at<R, T>(pieces: &'static [&'static str], document: Tree, place: Tree) -> Expr<R, T> {
    Expr::new(Tree::pieces(pieces, [document, place]))
}

expression_methods! { [JsonColumn]
    /// The member with this key (`->`): NULL if there is none, or if the document is no object. JSON's `null` is a value.
    ///
    /// ```
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Event { #[column(primary_key)] pub id: i64, pub body: serde_json::Value }
    /// let signups = Event::select()
    ///     .filter(Event::body.json_text("kind").eq("signup"))
    ///     .columns((Event::id, Event::body.json("user").json_text("name")));
    /// # drop(signups);
    /// ```
    pub fn json(self, key: impl Into<String>) -> Expr<R, Option<Value>> {
        at(&["(", "::jsonb -> ", ")"], self.tree(), bound(key.into()))
    }

    /// The element at this position (`->`): from 0, or from the end if negative. NULL if there is none.
    pub fn json_at(self, index: i32) -> Expr<R, Option<Value>> {
        at(&["(", "::jsonb -> ", ")"], self.tree(), bound(index))
    }

    /// The member with this key as text (`->>`): NULL if there is none, or if it is JSON's `null`.
    pub fn json_text(self, key: impl Into<String>) -> Expr<R, Option<String>> {
        at(&["(", "::jsonb ->> ", ")"], self.tree(), bound(key.into()))
    }

    /// The element at this position as text (`->>`): NULL if there is none, or if it is JSON's `null`.
    pub fn json_text_at(self, index: i32) -> Expr<R, Option<String>> {
        at(&["(", "::jsonb ->> ", ")"], self.tree(), bound(index))
    }

    /// What is at this path of keys and positions (`#>`): `.json_path(["items", "0", "price"])`. NULL if there is nothing.
    pub fn json_path<K: Into<String>>(self, path: impl IntoIterator<Item = K>) -> Expr<R, Option<Value>> {
        at(&["(", "::jsonb #> ", ")"], self.tree(), texts(path))
    }

    /// What is at this path, as text (`#>>`): NULL if there is nothing, or JSON's `null`.
    pub fn json_path_text<K: Into<String>>(self, path: impl IntoIterator<Item = K>) -> Expr<R, Option<String>> {
        at(&["(", "::jsonb #>> ", ")"], self.tree(), texts(path))
    }

    /// The first item that the SQL/JSON path finds; NULL if there is none. An invalid path is a database error (42601).
    pub fn jsonb_path_query_first(self, path: impl Into<String>) -> Expr<R, Option<Value>> {
        at(&["jsonb_path_query_first(", "::jsonb, ", "::jsonpath)"], self.tree(), bound(path.into()))
    }

    /// The type of the document: `object`, `array`, `string`, `number`, `boolean` or `null`.
    pub fn jsonb_typeof(self) -> Expr<R, As<T, String>> {
        Expr::new(Tree::pieces(&["jsonb_typeof(", "::jsonb)"], [self.tree()]))
    }

    /// The number of elements. A document that is no array is a database error (22023).
    pub fn jsonb_array_length(self) -> Expr<R, As<T, i32>> {
        Expr::new(Tree::pieces(&["jsonb_array_length(", "::jsonb)"], [self.tree()]))
    }
}
