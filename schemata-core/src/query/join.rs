//! Joins: further tables of a query, along foreign keys or by a condition. What a join makes an `Option` is decided in `scope`.

use crate::error::Result;
use crate::exec::row::{Decode, RowReader};
use crate::query::condition::Condition;
use crate::query::row_columns::Standalone;
use crate::query::scope::{Full, Inner, Join, JoinKind, Left, Right, Ungrouped};
use crate::query::select::Select;
use crate::query::select_list::{ListTrees, append_model, take_model};
use crate::query::source::{Source, from_item};
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{Never, Nullness, Perhaps};
use crate::sql::tree::{self, Filter, FromItem, List};

/// What a query over `S` can be joined along: a foreign key one of whose ends the query reads. The other end is brought.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not lead from a table of this query to another one",
    label = "neither end of this foreign key is a table of `{S}`",
    note = "join the tables in between first"
)]
pub trait Joinable<S, I> {
    /// The table that the join brings.
    type Brings: Source;

    #[doc(hidden)]
    fn __on(self) -> JoinCondition;
}

/// The condition of a join.
#[doc(hidden)]
pub struct JoinCondition(pub(crate) Filter);

opaque_debug!([][JoinCondition]);

/// The tables of a query whose list is not chosen yet: it returns rows of the first table.
pub trait Tables: Ungrouped + Standalone {
    /// The first table.
    type First: Source;
    /// Whether a join can leave out the first table.
    type FirstNull: Nullness;
    /// The rows of the query: rows of the first table, or an `Option` of them if a join can leave it out.
    type Row;
}

impl<M: Source> Tables for M {
    type First = M;
    type FirstNull = Never;
    type Row = M::Row;
}

impl<L: Tables, M: Source, K: JoinKind> Tables for Join<L, M, K> {
    type First = L::First;
    type FirstNull = <L::FirstNull as Nullness>::Or<K::Before>;
    type Row = <K::Before as Nullness>::Choose<L::Row, Option<<L::First as Source>::Row>>;
}

/// The rows of a query over `S` whose list is not chosen yet.
pub type FirstRow<S> = <S as Tables>::Row;

/// The rows of a query whose list is not chosen yet, which are `R`: right and full joins add an `Option` to them.
#[diagnostic::on_unimplemented(
    message = "the list of this query is chosen already: its rows are `{Self}`",
    label = "this join can leave out what is listed",
    note = "write right and full joins before `.columns(…)`, `.models()`, `.project()` and `.map(…)`"
)]
pub trait Unlisted<R> {}

impl<R> Unlisted<R> for R {}

#[expect(clippy::type_complexity, reason = "the type of the longer query")]
impl<S: Tables, T> Select<S, T> {
    /// Joins the table at the other end of a foreign key, and keeps rows that have a partner there.
    ///
    /// From a child to its parent, a row stays one row. From a parent to its children, each child makes a row: pages, limits
    /// and [`count`](Select::count) then count pairs. To load children as lists, see
    /// [`Relation::children_of`](crate::relation::Relation::children_of).
    ///
    /// ```no_run
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64, pub name: String, pub credit_limit: i64 }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub total: i64 }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let over_limit: Vec<(i64, String)> = Order::select()
    ///     .join(Order::CUSTOMER_ID_FKEY)
    ///     .filter(Order::total.gt(Customer::credit_limit))
    ///     .columns((Order::id, Customer::name))
    ///     .fetch(&db)
    ///     .await?;
    /// # drop(over_limit); Ok(()) }
    /// ```
    ///
    /// Removed rows of the joined table are no partners. Columns keep the types of their fields.
    pub fn join<J, M, Direction>(self, along: J) -> Select<Join<S, M, Inner>, T>
    where
        J: Joinable<S, Direction, Brings = M>,
        M: Source,
    {
        joining(self, from_item::<M>(), along.__on().0)
    }

    /// Joins a table by a condition, where no foreign key leads: `.join_on::<Customer>(Customer::email.eq(Order::contact))`.
    pub fn join_on<M: Source>(self, on: Condition<Join<S, M>>) -> Select<Join<S, M, Inner>, T> {
        joining(self, from_item::<M>(), on.filter)
    }

    /// Like [`join`](Select::join), and keeps rows without a partner: what is listed of the joined table is an `Option`.
    pub fn left_join<J, M, Direction>(self, along: J) -> Select<Join<S, M, Left>, T>
    where
        J: Joinable<S, Direction, Brings = M>,
        M: Source,
    {
        joining(self, from_item::<M>(), along.__on().0)
    }

    /// Like [`join_on`](Select::join_on), and keeps rows without a partner.
    pub fn left_join_on<M: Source>(self, on: Condition<Join<S, M>>) -> Select<Join<S, M, Left>, T> {
        joining(self, from_item::<M>(), on.filter)
    }

    /// Like [`join`](Select::join), and keeps rows of the joined table without a partner: what is listed of the tables before
    /// is an `Option`.
    pub fn right_join<J, M, Direction>(self, along: J) -> Select<Join<S, M, Right>, Option<<S::First as Source>::Row>>
    where
        J: Joinable<S, Direction, Brings = M>,
        M: Source,
        T: Unlisted<FirstRow<S>>,
    {
        joining_before(self, from_item::<M>(), along.__on().0)
    }

    /// Like [`join_on`](Select::join_on), and keeps rows of the joined table without a partner.
    pub fn right_join_on<M: Source>(
        self,
        on: Condition<Join<S, M>>,
    ) -> Select<Join<S, M, Right>, Option<<S::First as Source>::Row>>
    where
        T: Unlisted<FirstRow<S>>,
    {
        joining_before(self, from_item::<M>(), on.filter)
    }

    /// Like [`join`](Select::join), and keeps the rows of both sides that have no partner: what is listed of either is an
    /// `Option`.
    pub fn full_join<J, M, Direction>(self, along: J) -> Select<Join<S, M, Full>, Option<<S::First as Source>::Row>>
    where
        J: Joinable<S, Direction, Brings = M>,
        M: Source,
        T: Unlisted<FirstRow<S>>,
    {
        joining_before(self, from_item::<M>(), along.__on().0)
    }

    /// Like [`join_on`](Select::join_on), and keeps the rows of both sides that have no partner. PostgreSQL supports it for
    /// conditions with an equality only (0A000).
    pub fn full_join_on<M: Source>(
        self,
        on: Condition<Join<S, M>>,
    ) -> Select<Join<S, M, Full>, Option<<S::First as Source>::Row>>
    where
        T: Unlisted<FirstRow<S>>,
    {
        joining_before(self, from_item::<M>(), on.filter)
    }
}

/// Adds a table.
pub(crate) fn joining<S, T, M, K: JoinKind>(
    select: Select<S, T>,
    item: FromItem,
    on: Filter,
) -> Select<Join<S, M, K>, T> {
    let mut joined = select.in_scope();
    joined.query.joins.push(tree::Join { kind: K::KIND.0, item, on: Some(on) });
    joined
}

/// Adds a table by a join that can leave out the tables before it.
#[expect(clippy::type_complexity, reason = "the type of the longer query")]
fn joining_before<S: Tables, T, M, K: JoinKind>(
    select: Select<S, T>,
    item: FromItem,
    on: Filter,
) -> Select<Join<S, M, K>, Option<<S::First as Source>::Row>> {
    joining(select, item, on).decoding(Decode::Function(take_model::<S::First, Perhaps>))
}

impl<S: Ungrouped, T> Select<S, T> {
    /// Returns whole rows of all tables: `(Order, Customer)`, `(Order, Option<Shipment>)` after a left join.
    pub fn models(mut self) -> Select<S, S::Rows>
    where
        S: Models,
    {
        let mut trees = ListTrees::default();
        S::__append(&mut trees);
        self.query.list = List::Of(trees.0);
        self.decoding(Decode::Function(S::__take))
    }
}

/// A scope of two to eight joined tables, whose rows can be read as a tuple of models.
#[diagnostic::on_unimplemented(
    message = "the tables of `{Self}` cannot be read as a tuple of models",
    note = "a query reads two to eight tables as models; a query over one model returns it anyway"
)]
pub trait Models {
    /// The models: an `Option` for each that an outer join can leave out.
    type Rows;

    #[doc(hidden)]
    fn __append(to: &mut ListTrees);

    #[doc(hidden)]
    fn __take(row: &mut RowReader<'_>) -> Result<Self::Rows>;
}

impl<L, M, K> Models for Join<L, M, K>
where
    Self: ModelsOf<Never>,
{
    type Rows = <Self as ModelsOf<Never>>::Rows;

    fn __append(to: &mut ListTrees) {
        <Self as ModelsOf<Never>>::append(to);
    }

    fn __take(row: &mut RowReader<'_>) -> Result<Self::Rows> {
        <Self as ModelsOf<Never>>::take(row)
    }
}

/// The models of a scope, all of which later joins can leave out if `N` says so. Not exported.
pub trait ModelsOf<N: Nullness> {
    /// The models as a tuple.
    type Rows;
    /// Lists their columns.
    fn append(to: &mut ListTrees);
    /// Reads them.
    ///
    /// # Errors
    /// As for [`RowReader::take`].
    fn take(row: &mut RowReader<'_>) -> Result<Self::Rows>;
}

impl<M: Source, N: Nullness> ModelsOf<N> for M {
    type Rows = (N::Row<M::Row>,);

    fn append(to: &mut ListTrees) {
        append_model::<M>(to);
    }

    fn take(row: &mut RowReader<'_>) -> Result<Self::Rows> {
        Ok((take_model::<M, N>(row)?,))
    }
}

impl<L, M: Source, K: JoinKind, N: Nullness> ModelsOf<N> for Join<L, M, K>
where
    L: ModelsOf<N::Or<K::Before>>,
    L::Rows: Push<<N::Or<K::Joined> as Nullness>::Row<M::Row>>,
{
    type Rows = <L::Rows as Push<<N::Or<K::Joined> as Nullness>::Row<M::Row>>>::Longer;

    fn append(to: &mut ListTrees) {
        L::append(to);
        append_model::<M>(to);
    }

    fn take(row: &mut RowReader<'_>) -> Result<Self::Rows> {
        Ok(L::take(row)?.push(take_model::<M, N::Or<K::Joined>>(row)?))
    }
}

/// A tuple that becomes one longer. Not exported.
pub trait Push<T> {
    /// The longer tuple.
    type Longer;
    /// Adds a last part.
    fn push(self, last: T) -> Self::Longer;
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<T, $($name),+> Push<T> for ($($name,)+) {
            type Longer = ($($name,)+ T);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn push(self, last: T) -> Self::Longer {
                let ($($name,)+) = self;
                ($($name,)+ last)
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) }
