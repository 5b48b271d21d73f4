//! Aggregates that gather the values of many rows in one: concatenated text, arrays, JSON.

#[cfg(feature = "json")]
use serde_json::Value;

use crate::query::aggregate::basic::{Aggregate, aggregate};
#[cfg(feature = "json")]
use crate::query::expr::IntoExpr;
use crate::query::expr::{Expr, bound, expression_methods};
#[cfg(feature = "json")]
use crate::query::scope::Both;
use crate::query::scope::Elements;
use crate::schema::{ArrayElement, ColumnType};
use crate::sql::tree::{Expr as Tree, Filter};

expression_methods! { [ColumnType]
    /// Concatenates the texts that are not NULL, with `separator` between them; NULL if there are none.
    pub fn string_agg(self, separator: impl Into<String>) -> Aggregate<R, Option<String>>
    where
        T: ColumnType<Inner = String>,
    {
        Expr::new(Tree::aggregate("string_agg", vec![self.tree(), bound(separator.into())]))
    }

    /// Returns the values as an array, NULLs included: its elements have the type of the column. Over no rows it is NULL, not
    /// empty.
    ///
    /// Where an outer join can leave the column out, this does not compile: the elements can be NULL.
    /// [`nullable`](Self::nullable) makes them `Option`s, [`array_agg_not_null`](Self::array_agg_not_null) leaves NULLs out.
    ///
    /// ```
    /// # use schemata::{prelude::*, query::Select};
    /// # #[derive(TableModel)]
    /// # pub struct Book { #[column(primary_key)] pub id: i64, pub author: String, pub title: String }
    /// let titles = Book::select()
    ///     .group_by(Book::author)
    ///     .aggregate(Book::title.array_agg().order_by(Book::title.asc()))
    ///     .map(|(author, titles): (String, Option<Vec<String>>)| (author, titles.unwrap_or_default()));
    /// # drop(titles);
    /// ```
    pub fn array_agg(self) -> Aggregate<Elements<R>, Option<Vec<T>>>
    where
        T: ArrayElement,
    {
        aggregate("array_agg", self.tree())
    }

    /// Returns the values that are not NULL as an array: `array_agg(…) FILTER (WHERE … IS NOT NULL)`. If there are none, it is
    /// NULL.
    pub fn array_agg_not_null(self) -> Aggregate<R, Option<Vec<T::Inner>>>
    where
        T::Inner: ArrayElement,
    {
        let tree = self.tree();
        let known = Filter::Postfix { column: tree.clone(), test: " IS NOT NULL" };
        let gathered = Tree::aggregate("array_agg", vec![tree]);
        Expr::new(gathered.with_aggregate(&mut |aggregate| aggregate.filter = Some(known.clone())))
    }
}

#[cfg(feature = "json")]
expression_methods! { [ColumnType]
    /// Returns the values as a JSON array; NULL is JSON's `null` in it. Over no rows it is NULL. Objects are made by
    /// [`jsonb_build_object`](crate::query::jsonb_build_object).
    pub fn jsonb_agg(self) -> Aggregate<R, Option<Value>> {
        aggregate("jsonb_agg", self.tree())
    }

    /// Like [`jsonb_agg`](Self::jsonb_agg), as `json`: objects keep their keys in order, and equal keys, which are refused when
    /// the value is read.
    pub fn json_agg(self) -> Aggregate<R, Option<Value>> {
        aggregate("json_agg", self.tree())
    }
}

/// Returns a JSON object with a member per row. Of rows with equal keys, the last one counts. A NULL key is a database error
/// (22023 or 22004). Over no rows it is NULL.
#[cfg(feature = "json")]
pub fn jsonb_object_agg<K: IntoExpr, V: IntoExpr>(
    key: K,
    value: V,
) -> Aggregate<Both<K::Reads, V::Reads>, Option<Value>> {
    Expr::new(Tree::aggregate("jsonb_object_agg", vec![key.__expr().tree, value.__expr().tree]))
}
