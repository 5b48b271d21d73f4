//! Queries of words, and how they are combined.

use crate::query::expr::{Expr, IntoExpr};
use crate::query::scope::Both;
use crate::schema::{ColumnType, InnerOf, Never, NullOf, Nullness, Perhaps};
use crate::sql::literal::quote_literal;
use crate::sql::tree::Expr as Tree;

pub use crate::schema::pg::TsQuery;

/// [`TsQuery`] or `Option<TsQuery>`: whether the query can be NULL.
pub trait TextQuery: Sealed {
    /// Whether it can be NULL. NULL matches nothing, and has no rank.
    type Null: Nullness;
}

impl TextQuery for TsQuery {
    type Null = Never;
}

impl TextQuery for Option<TsQuery> {
    type Null = Perhaps;
}

/// Not exported, which seals [`TextQuery`].
pub trait Sealed {}

impl Sealed for TsQuery {}
impl Sealed for Option<TsQuery> {}

/// The query that is NULL if a `T` is.
pub(super) type QueryOf<T> = <NullOf<T> as Nullness>::Row<TsQuery>;

/// The query that is NULL if either is.
type EitherOf<T, U> = <<<T as TextQuery>::Null as Nullness>::Or<<U as TextQuery>::Null> as Nullness>::Row<TsQuery>;

/// Returns the name of a configuration as a literal.
pub(super) fn configuration(name: &'static str) -> Tree {
    Tree::Text(format!("{}::regconfig", quote_literal(name)).into())
}

macro_rules! queries {
    ($($(#[$docs:meta])* $name:ident $open:literal;)*) => {$(
        $(#[$docs])*
        pub fn $name<V>(config: &'static str, text: V) -> Expr<V::Reads, QueryOf<V::Type>>
        where
            V: IntoExpr,
            V::Type: ColumnType<Inner = String>,
            String: InnerOf<V::Type>,
        {
            Expr::new(Tree::call($open, vec![configuration(config), text.__expr().tree]))
        }
    )*};
}

queries! {
    /// Reads a search as people type it: all words, `"a phrase"`, `or`, and `-` before a word that must not occur. Every text is
    /// valid.
    ///
    /// ```
    /// # use schemata::{prelude::*, query::{to_tsvector, ts_rank, websearch_to_tsquery}};
    /// # #[derive(TableModel)]
    /// # pub struct Article { #[column(primary_key)] pub id: i64, pub body: String }
    /// # let term = "postgres -mysql";
    /// let query = websearch_to_tsquery("english", term);
    /// let found = Article::select()
    ///     .filter(to_tsvector("english", Article::body).matches_query(query.clone()))
    ///     .order_by(ts_rank(to_tsvector("english", Article::body), query).desc());
    /// # drop(found);
    /// ```
    websearch_to_tsquery "websearch_to_tsquery(";
    /// Reads plain text: all of its words.
    plainto_tsquery "plainto_tsquery(";
    /// Reads plain text as a phrase: its words one after the other.
    phraseto_tsquery "phraseto_tsquery(";
    /// Reads PostgreSQL's syntax of queries: `fat & (cat | rat) & !dog`, `'super':*`. Another text is a database error (42601).
    to_tsquery "to_tsquery(";
}

impl<R, T: TextQuery> Expr<R, T> {
    /// Both queries match (`&&`).
    pub fn and_query<Q, U: TextQuery>(self, other: Expr<Q, U>) -> Expr<Both<R, Q>, EitherOf<T, U>> {
        Expr::new(Tree::pieces(&["(", " && ", ")"], [self.tree, other.tree]))
    }

    /// Either query matches (`||`).
    pub fn or_query<Q, U: TextQuery>(self, other: Expr<Q, U>) -> Expr<Both<R, Q>, EitherOf<T, U>> {
        Expr::new(Tree::pieces(&["(", " || ", ")"], [self.tree, other.tree]))
    }

    /// What matches the other query follows directly (`<->`).
    pub fn followed_by_query<Q, U: TextQuery>(self, other: Expr<Q, U>) -> Expr<Both<R, Q>, EitherOf<T, U>> {
        Expr::new(Tree::pieces(&["(", " <-> ", ")"], [self.tree, other.tree]))
    }

    /// The query does not match (`!!`).
    pub fn not_query(self) -> Self {
        Self::new(Tree::pieces(&["(!! ", ")"], [self.tree]))
    }
}
