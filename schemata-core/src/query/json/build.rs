//! New JSON documents: from others, and from columns.

use serde_json::Value;

use crate::query::expr::{Expr, IntoExpr, bound, expression_methods};
use crate::query::json::conditions::{JsonColumn, texts};
use crate::query::scope::{Both, Settled};
use crate::query::select_list::ListTrees;
use crate::schema::{NullOf, Nullness};
use crate::sql::tree::Expr as Tree;

/// The document that is NULL if a `T` is.
type DocumentOf<T> = <NullOf<T> as Nullness>::Of<Value>;

/// The document that is NULL if a `T` or a `U` is.
type EitherOf<T, U> = <<NullOf<T> as Nullness>::Or<NullOf<U>> as Nullness>::Of<Value>;

expression_methods! { [JsonColumn]
    /// The members, or elements, of both documents (`||`); of equal keys, the one of `other` remains. NULL if either is.
    pub fn json_concat<V>(self, other: V) -> Expr<V::With<R>, EitherOf<T, V::Type>>
    where
        V: IntoExpr,
        V::Type: JsonColumn,
    {
        Expr::new(Tree::pieces(&["(", "::jsonb || ", "::jsonb)"], [self.tree(), other.__expr().tree]))
    }

    /// The object without this member, or the array without texts that are equal to `key` (`-`). A document that is neither is
    /// a database error (22023).
    pub fn json_remove(self, key: impl Into<String>) -> Expr<R, DocumentOf<T>> {
        Expr::new(Tree::pieces(&["(", "::jsonb - ", ")"], [self.tree(), bound(key.into())]))
    }

    /// The array without the element at this position (`-`): from 0, or from the end if negative. A document that is no array
    /// is a database error (22023).
    pub fn json_remove_at(self, index: i32) -> Expr<R, DocumentOf<T>> {
        Expr::new(Tree::pieces(&["(", "::jsonb - ", ")"], [self.tree(), bound(index)]))
    }

    /// The document without what is at this path (`#-`).
    pub fn json_remove_path<K: Into<String>>(self, path: impl IntoIterator<Item = K>) -> Expr<R, DocumentOf<T>> {
        Expr::new(Tree::pieces(&["(", "::jsonb #- ", ")"], [self.tree(), texts(path)]))
    }

    /// The document with `value` at this path: what was there is replaced; a missing last step is created. NULL if the document
    /// or the value is: [`to_jsonb`] makes a document of a column of another type.
    pub fn jsonb_set<K: Into<String>, V>(
        self,
        path: impl IntoIterator<Item = K>,
        value: V,
    ) -> Expr<V::With<R>, EitherOf<T, V::Type>>
    where
        V: IntoExpr,
        V::Type: JsonColumn,
    {
        let arguments = [self.tree(), texts(path), value.__expr().tree];
        Expr::new(Tree::pieces(&["jsonb_set(", "::jsonb, ", ", ", "::jsonb)"], arguments))
    }
}

/// Converts a value of any type to a JSON document. SQL's NULL stays NULL.
pub fn to_jsonb<V: IntoExpr>(value: V) -> Expr<V::Reads, DocumentOf<V::Type>> {
    Expr::new(Tree::pieces(&["to_jsonb(", ")"], [value.__expr().tree]))
}

/// Makes a JSON object: `jsonb_build_object((("id", Book::id), ("title", Book::title)))`. NULL becomes JSON's `null`; the object
/// itself is never NULL, also where an outer join leaves its columns out.
///
/// ```
/// # use schemata::{prelude::*, query::jsonb_build_object};
/// # #[derive(TableModel)]
/// # pub struct Book { #[column(primary_key)] pub id: i64, pub author: String, pub title: String }
/// let books = Book::select().group_by(Book::author).aggregate(
///     jsonb_build_object((("id", Book::id), ("title", Book::title))).jsonb_agg().order_by(Book::id.asc()),
/// );
/// # drop(books);
/// ```
pub fn jsonb_build_object<L: JsonMembers>(members: L) -> Expr<Settled<L::Reads>, Value> {
    let mut trees = ListTrees::default();
    members.__append(&mut trees);
    Expr::new(Tree::call("jsonb_build_object(", trees.0))
}

/// The members of a JSON object: a tuple of up to twelve pairs of a key and a column, an expression or a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of members of a JSON object",
    label = "expected a tuple of pairs",
    note = "write `((\"id\", Book::id), (\"title\", Book::title))`; a single pair needs a comma: `((\"id\", Book::id),)`"
)]
pub trait JsonMembers {
    /// What they read.
    type Reads;

    #[doc(hidden)]
    fn __append(self, to: &mut ListTrees);
}

macro_rules! reads {
    ($last:ident) => { $last::Reads };
    ($first:ident $($rest:ident)+) => { Both<$first::Reads, reads!($($rest)+)> };
}

macro_rules! tuples {
    ($(($($key:ident $value:ident)+))*) => {$(
        impl<$($key: Into<String>, $value: IntoExpr),+> JsonMembers for ($(($key, $value),)+) {
            type Reads = reads!($($value)+);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(self, to: &mut ListTrees) {
                let ($(($key, $value),)+) = self;
                $(to.0.extend([bound($key.into()), $value.__expr().tree]);)+
            }
        }
    )*};
}

tuples! {
    (KA A)
    (KA A KB B)
    (KA A KB B KC C)
    (KA A KB B KC C KD D)
    (KA A KB B KC C KD D KE E)
    (KA A KB B KC C KD D KE E KF F)
    (KA A KB B KC C KD D KE E KF F KG G)
    (KA A KB B KC C KD D KE E KF F KG G KH H)
    (KA A KB B KC C KD D KE E KF F KG G KH H KI I)
    (KA A KB B KC C KD D KE E KF F KG G KH H KI I KJ J)
    (KA A KB B KC C KD D KE E KF F KG G KH H KI I KJ J KK K)
    (KA A KB B KC C KD D KE E KF F KG G KH H KI I KJ J KK K KL L)
}
