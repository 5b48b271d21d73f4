//! Reading rows as structs: projections of several tables, and structs with the columns of a list.

use crate::exec::row::{Decode, FromRow};
use crate::query::projection::ProjectionOf;
use crate::query::row_columns::{ColumnTypes, RowOf};
use crate::query::scope::Ungrouped;
use crate::query::select::Select;
use crate::query::select_list::ListTrees;
use crate::sql::tree::List;

/// `project` on queries of several tables. It is part of the prelude: the compiler finds the index `I`, and a call names only the
/// struct.
pub trait ProjectJoined<S, I>: Sized {
    /// Lists the columns of a struct that derives [`Projection`](derive@crate::Projection): `.project::<Line>()`. See
    /// [`ProjectionOf`].
    fn project<P: ProjectionOf<S, I>>(self) -> Select<S, P>;
}

impl<S: Ungrouped, T, I> ProjectJoined<S, I> for Select<S, T> {
    fn project<P: ProjectionOf<S, I>>(mut self) -> Select<S, P> {
        let mut trees = ListTrees::default();
        P::__append(&mut trees);
        (self.query.list, self.query.is_mapped) = (List::Of(trees.0), false);
        self.decoding(Decode::Function(P::__take))
    }
}

impl<S, T> Select<S, T> {
    /// Reads each row as a struct with the same columns, in order: one that derives [`Projection`](derive@crate::Projection), with
    /// or without `#[projection(source)]`. Types that differ do not compile.
    ///
    /// ```
    /// # use schemata::{prelude::*, query::count};
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub total: i64 }
    /// #[derive(Projection)]
    /// struct StatusCount {
    ///     status: String,
    ///     orders: i64,
    /// }
    ///
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let counts: Vec<StatusCount> =
    ///     Order::select().group_by(Order::status).aggregate(count()).rows_as::<StatusCount>().fetch(&db).await?;
    /// # drop(counts); Ok(()) }
    /// ```
    ///
    /// After [`map`](Select::map) the statement is refused: the columns are no longer those of the rows.
    pub fn rows_as<P>(mut self) -> Select<S, P>
    where
        T: RowOf<P>,
        P: FromRow + ColumnTypes<()>,
    {
        if self.query.is_mapped {
            self.query = Box::new(self.query.unreadable());
        }
        self.decoding(Decode::Function(P::from_row))
    }
}
