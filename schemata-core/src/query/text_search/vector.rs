//! Documents as vectors of words, and whether a query matches them.

use crate::query::condition::Condition;
use crate::query::expr::{Expr, IntoExpr, expression_methods};
use crate::query::scope::ReadBy;
use crate::query::text_search::query::{TextQuery, configuration};
use crate::schema::{ColumnType, InnerOf, NullOf, Nullness, TsVector, Weight};
use crate::sql::tree::{Expr as Tree, Filter};

/// The vector that is NULL if a `T` is.
type VectorOf<T> = <NullOf<T> as Nullness>::Of<TsVector>;

/// The vector that is NULL if a `T` or a `U` is.
type EitherOf<T, U> = <<NullOf<T> as Nullness>::Or<NullOf<U>> as Nullness>::Of<TsVector>;

/// Returns the words of a text by the rules of a configuration. NULL stays NULL.
///
/// An index on the same expression, `gin (to_tsvector('english', body))`, is used by
/// [`matches_query`](Expr::matches_query).
pub fn to_tsvector<V>(config: &'static str, text: V) -> Expr<V::Reads, VectorOf<V::Type>>
where
    V: IntoExpr,
    V::Type: ColumnType<Inner = String>,
    String: InnerOf<V::Type>,
{
    Expr::new(Tree::call("to_tsvector(", vec![configuration(config), text.__expr().tree]))
}

/// Gives all words of a vector this weight, which ranks consider: `setweight(to_tsvector("english", Article::title), Weight::A)`.
pub fn setweight<V>(vector: V, weight: Weight) -> Expr<V::Reads, VectorOf<V::Type>>
where
    V: IntoExpr,
    V::Type: ColumnType<Inner = TsVector>,
    TsVector: InnerOf<V::Type>,
{
    let pieces: &'static [&'static str] = match weight {
        Weight::A => &["setweight(", ", 'A')"],
        Weight::B => &["setweight(", ", 'B')"],
        Weight::C => &["setweight(", ", 'C')"],
        Weight::D => &["setweight(", ", 'D')"],
    };
    Expr::new(Tree::pieces(pieces, [vector.__expr().tree]))
}

expression_methods! { [ColumnType<Inner = TsVector>]
    /// Matches the query (`@@`). NULL matches nothing.
    pub fn matches_query<S, Q, U, I, J>(self, query: Expr<Q, U>) -> Condition<S>
    where
        R: ReadBy<S, I>,
        Q: ReadBy<S, J>,
        U: TextQuery,
    {
        Condition::new(Filter::Operands { left: self.tree(), operator: " @@ ", right: query.tree })
    }

    /// The words of both (`||`); positions in the second one follow those in the first one. NULL if either is.
    pub fn concat_vector<V>(self, other: V) -> Expr<V::With<R>, EitherOf<T, V::Type>>
    where
        V: IntoExpr,
        V::Type: ColumnType<Inner = TsVector>,
        TsVector: InnerOf<T> + InnerOf<V::Type>,
    {
        Expr::new(Tree::pieces(&["(", " || ", ")"], [self.tree(), other.__expr().tree]))
    }
}
