//! Rows of several queries together: union, intersect and except.

use crate::query::order::Order;
use crate::query::row_columns::Standalone;
use crate::query::scope::Combined;
use crate::query::select::Select;
use crate::sql::tree::Expr as Tree;

macro_rules! combinations {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {
        impl<S: Standalone, T> Select<S, T> {$(
            $(#[$docs])*
            pub fn $name<Q: Standalone>(self, other: Select<Q, T>) -> Select<Combined, T> {
                let decode = self.decode.clone();
                let query = self.into_query().combine($operator, other.into_query());
                Select::of_query(query, decode)
            }
        )*}
    };
}

combinations! {
    /// Returns the rows of both queries, equal rows once. Both have the same row type.
    ///
    /// The result is sorted by the [`position`] of a column and has a limit and an offset of its own; those of the two queries
    /// apply before. To filter it, to group it or to join it, read it as a table: see
    /// [`DerivedTable`](crate::query::DerivedTable). Rows are decoded as those of the first query; if that was changed by
    /// [`map`](Select::map), the statement is refused: combine first.
    ///
    /// ```no_run
    /// # use schemata::{prelude::*, query::position};
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64, pub email: String }
    /// # #[derive(TableModel)]
    /// # pub struct Supplier { #[column(primary_key)] pub id: i64, pub contact: String }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let addresses: Vec<String> = Customer::select()
    ///     .columns(Customer::email)
    ///     .union(Supplier::select().columns(Supplier::contact))
    ///     .order_by(position(1).asc())
    ///     .limit(100)
    ///     .fetch(&db)
    ///     .await?;
    /// # drop(addresses); Ok(()) }
    /// ```
    union " UNION ";
    /// Returns the rows of both queries, equal rows as often as they occur. See [`Select::union`].
    union_all " UNION ALL ";
    /// Returns the rows that both queries return, equal rows once. See [`Select::union`].
    intersect " INTERSECT ";
    /// Returns the rows that both queries return, as often as they occur in both. See [`Select::union`].
    intersect_all " INTERSECT ALL ";
    /// Returns the rows of this query that the other one does not return, equal rows once. See [`Select::union`].
    except " EXCEPT ";
    /// Returns the rows of this query, each as many times more as it occurs here than in the other one. See [`Select::union`].
    except_all " EXCEPT ALL ";
}

/// A column of the rows of several queries, to sort by.
#[derive(Debug, Clone, Copy)]
pub struct Position(u16);

/// Names the column at this position, the first being 1, of the rows of several queries: `.order_by(position(2).desc())`.
/// PostgreSQL refuses a position that is not in the list (42P10).
pub fn position(column: u16) -> Position {
    Position(column)
}

impl Position {
    /// Sorts in ascending order.
    pub fn asc(self) -> Order<Combined> {
        Order::new(self.tree(), false)
    }

    /// Sorts in descending order.
    pub fn desc(self) -> Order<Combined> {
        Order::new(self.tree(), true)
    }

    fn tree(self) -> Tree {
        Tree::Text(self.0.to_string().into())
    }
}
