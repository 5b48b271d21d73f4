//! How well a document matches, and where.

use crate::query::expr::{Expr, IntoExpr, bound};
use crate::query::scope::Both;
use crate::query::text_search::query::{TextQuery, configuration};
use crate::schema::{ColumnType, InnerOf, NullOf, Nullness, TsVector};
use crate::sql::tree::Expr as Tree;

/// The type of a `U` that is NULL if a `T` or the query is.
type EitherOf<T, Q, U> = <<NullOf<T> as Nullness>::Or<<Q as TextQuery>::Null> as Nullness>::Of<U>;

/// What a rank or a part of `V` reads together with the query, of type `T`.
type Searched<V, Q, U, T> = Expr<Both<<V as IntoExpr>::Reads, Q>, EitherOf<<V as IntoExpr>::Type, U, T>>;

macro_rules! ranks {
    ($($(#[$docs:meta])* $name:ident($($normalization:ident)?) $function:literal;)*) => {$(
        $(#[$docs])*
        pub fn $name<V, Q, U>(
            vector: V,
            query: Expr<Q, U>,
            $($normalization: i32)?
        ) -> Searched<V, Q, U, f32>
        where
            V: IntoExpr,
            V::Type: ColumnType<Inner = TsVector>,
            TsVector: InnerOf<V::Type>,
            U: TextQuery,
        {
            Expr::new(Tree::call($function, vec![vector.__expr().tree, query.tree, $(bound($normalization))?]))
        }
    )*};
}

ranks! {
    /// Returns a rank by how often the words of the query occur: 0 if they do not.
    ts_rank() "ts_rank(";
    /// Returns a rank that also considers how close the words are to each other.
    ts_rank_cd() "ts_rank_cd(";
    /// Returns `ts_rank` normalized by the length of the document: a sum of flags (PostgreSQL manual 12.3.3), such as 1 to
    /// divide by 1 + the logarithm of the length, or 2 to divide by the length.
    ts_rank_normalized(normalization) "ts_rank(";
}

/// Returns a part of the text with the words of the query between `<b>` and `</b>`. PostgreSQL does not escape HTML in the text.
pub fn ts_headline<V, Q, U>(config: &'static str, text: V, query: Expr<Q, U>) -> Searched<V, Q, U, String>
where
    V: IntoExpr,
    V::Type: ColumnType<Inner = String>,
    String: InnerOf<V::Type>,
    U: TextQuery,
{
    Expr::new(Tree::call("ts_headline(", vec![configuration(config), text.__expr().tree, query.tree]))
}

/// Like [`ts_headline`], with options: `StartSel=<, StopSel=>, MaxFragments=2`. An unknown option is a database error (22023).
pub fn ts_headline_with<V, Q, U>(
    config: &'static str,
    text: V,
    query: Expr<Q, U>,
    options: impl Into<String>,
) -> Searched<V, Q, U, String>
where
    V: IntoExpr,
    V::Type: ColumnType<Inner = String>,
    String: InnerOf<V::Type>,
    U: TextQuery,
{
    let arguments = vec![configuration(config), text.__expr().tree, query.tree, bound(options.into())];
    Expr::new(Tree::call("ts_headline(", arguments))
}
