//! Queries inside of queries: the values that a sub-select lists, whether it finds a row, and the one value it returns.

use crate::query::condition::Condition;
use crate::query::expr::{Expr, expression_methods};
use crate::query::scope::{Correlated, Group, ReadBy, Totals, Within};
use crate::query::select::Select;
use crate::schema::{ArrayElement, ColumnType, Never, Nullness, Perhaps};
use crate::sql::subselect;
use crate::sql::tree::{Expr as Tree, Node};

expression_methods! { [ColumnType]
    /// Equals a value that the sub-select lists: `.in_select(Customer::select().columns(Customer::id))`. Groups without aggregates
    /// list their key: `.in_select(Order::select().group_by(Order::customer_id).aggregate(()).having(count().gt(10)))`.
    pub fn in_select<S, Q, U, I>(self, select: Select<Q, U>) -> Condition<S>
    where
        R: ReadBy<S, I>,
        U: SingleColumn<Column: ColumnType<Inner = T::Inner>>,
    {
        Condition::new(subselect::among(self.tree(), false, select.into_query()))
    }

    /// Equals no value that the sub-select lists. NULLs in the list are ignored; a NULL column qualifies only if the list is
    /// empty.
    pub fn not_in_select<S, Q, U, I>(self, select: Select<Q, U>) -> Condition<S>
    where
        R: ReadBy<S, I>,
        U: SingleColumn<Column: ColumnType<Inner = T::Inner>>,
    {
        Condition::new(subselect::among(self.tree(), true, select.into_query()))
    }
}

/// Rows of one column: of the column's type, of a tuple of it alone, or of a group's key without aggregates.
#[diagnostic::on_unimplemented(
    message = "rows of type `{Self}` are not a single column",
    note = "list one column or expression: `.columns(Customer::id)`; groups list their key with `.aggregate(())`"
)]
pub trait SingleColumn {
    /// The type of the column.
    type Column: ColumnType;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType> SingleColumn for T {
    type Column = T;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType> SingleColumn for (T,) {
    type Column = T;
}

#[diagnostic::do_not_recommend]
impl<K: SingleColumn> SingleColumn for (K, ()) {
    type Column = K::Column;
}

impl<S, T> Select<S, T> {
    /// Makes this a sub-select whose conditions may also read the tables of the query around it.
    ///
    /// ```
    /// # use schemata::{prelude::*, query::{Condition, exists}};
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64, pub credit_limit: i64 }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub total: i64 }
    /// let over_limit: Condition<Customer> = exists(
    ///     Order::select()
    ///         .correlated()
    ///         .filter(Order::customer_id.eq(Customer::id).and(Order::total.gt(Customer::credit_limit))),
    /// );
    /// # drop(over_limit);
    /// ```
    ///
    /// A table that both queries read cannot be told apart: give one of them another name by [`alias!`](crate::alias).
    pub fn correlated<O>(self) -> Select<Correlated<S, O>, T> {
        self.in_scope()
    }
}

/// A sub-select finds a row. See [`Select::correlated`]; the relation constants have `child_exists` and `parent_exists` for the
/// frequent case.
pub fn exists<S, O, T>(select: Select<Correlated<S, O>, T>) -> Condition<O> {
    Condition::new(subselect::exists(*select.query))
}

/// Returns the one value of a sub-select: NULL if it finds no row, except that totals ([`Select::aggregate`]) always have one.
/// PostgreSQL fails with 21000 if it finds several: add `.limit(1)`, or an aggregate.
///
/// ```
/// # use schemata::{prelude::*, query::{count, scalar}};
/// # #[derive(TableModel)]
/// # pub struct Customer { #[column(primary_key)] pub id: i64, pub name: String }
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub total: i64 }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let orders: Vec<(String, i64)> = Customer::select()
///     .columns((Customer::name, scalar(Order::CUSTOMER_ID_FKEY.children().aggregate(count()))))
///     .fetch(&db)
///     .await?;
/// # drop(orders); Ok(()) }
/// ```
pub fn scalar<S: SubselectOf<O>, O, T: ColumnType>(
    select: Select<S, T>,
) -> Expr<Within<O>, <S::Null as Nullness>::Of<T>> {
    Expr::new(Tree::tree(Node::Query("(", select.query, ")")))
}

/// Returns the values of a sub-select as an array: `ARRAY(SELECT …)`. It is empty, and not NULL, if there are none.
///
/// ```
/// # use schemata::{prelude::*, query::array};
/// # #[derive(TableModel)]
/// # pub struct Customer { #[column(primary_key)] pub id: i64, pub name: String }
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64 }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let orders: Vec<(String, Vec<i64>)> = Customer::select()
///     .columns((Customer::name, array(Order::CUSTOMER_ID_FKEY.children().order_by(Order::id.asc()).columns(Order::id))))
///     .fetch(&db)
///     .await?;
/// # drop(orders); Ok(()) }
/// ```
pub fn array<S: SubselectOf<O>, O, T: ArrayElement>(select: Select<S, T>) -> Expr<Within<O>, Vec<T>> {
    Expr::new(Tree::tree(Node::Query("ARRAY(", select.query, ")")))
}

/// The scope of a sub-select inside a query over `O`.
#[diagnostic::on_unimplemented(
    message = "a query over `{Self}` is no sub-select of another one",
    label = "expected a correlated query",
    note = "write `.correlated()` behind `select()`: `Order::select().correlated().aggregate(count())`; a sub-select of a relation is \
            correlated: `Order::CUSTOMER_ID_FKEY.children()`"
)]
pub trait SubselectOf<O> {
    /// Whether it can find no row.
    type Null: Nullness;
}

#[diagnostic::do_not_recommend]
impl<S, O> SubselectOf<O> for Correlated<S, O> {
    type Null = Perhaps;
}

#[diagnostic::do_not_recommend]
impl<S, O> SubselectOf<O> for Group<Correlated<S, O>> {
    type Null = Perhaps;
}

#[diagnostic::do_not_recommend]
impl<S, O> SubselectOf<O> for Totals<Correlated<S, O>> {
    type Null = Never;
}
