//! Queries and pages whose rows are returned with their related rows, several levels in one call. `load_each` loads a level.

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::row::{Decode, RowReader};
use crate::exec::statement::{Purpose, fetch_with};
use crate::exec::target::Target;
use crate::exec::{Db, Isolation};
use crate::model::TableModel;
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{Page, Paging, ReadBy, Select, Standalone, Ungrouped, rows};
use crate::relation::keyed::Keyed;
use crate::relation::load_each::{LoadEach, Loading};
use crate::relation::owner_rows::{ListedKeys, OwnerColumns, WholeRows};
use crate::sql::select::select;
use crate::sql::tree::Query;

/// A query whose rows are returned with their related rows, as `R`. [`Select::with`] and [`Select::with_related`] make it.
#[must_use = "a query does nothing until it is fetched"]
pub struct Nested<S, T, N, R> {
    select: Select<S, T>,
    each: N,
    load: LoadRows<T, N, R>,
}

/// Reads the rows of a query, and what belongs to them.
type LoadRows<T, N, R> = for<'a> fn(Box<Query>, Decode<T>, N, Target<'a>) -> Loading<'a, Vec<R>>;

/// A nested query all of whose statements see the same state of the database. [`Nested::on_snapshot`] makes it.
#[must_use = "a query does nothing until it is fetched"]
pub struct OnSnapshot<S, T, N, R>(Nested<S, T, N, R>);

/// A row that is a whole model. Not exported.
#[diagnostic::on_unimplemented(
    message = "`with` takes rows that are whole models, and those of this query are `{Self}`",
    label = "not a whole model",
    note = "`with_related` loads what belongs to rows of any kind"
)]
pub trait WholeRow: TableModel + Keyed {}

#[diagnostic::do_not_recommend]
impl<M: TableModel + Keyed> WholeRow for M {}

impl<S, M> Select<S, M> {
    /// Returns each row with the rows that belong to it. A tuple loads several relations, and loads nest.
    ///
    /// ```no_run
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64 }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub total: i64 }
    /// # #[derive(TableModel)]
    /// # pub struct Item { #[column(primary_key)] pub id: i64, #[column(references = Order::id)] pub order_id: i64 }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let page: Vec<(Customer, Vec<(Order, Vec<Item>)>)> = Customer::select()
    ///     .limit(25)
    ///     .with(
    ///         Order::CUSTOMER_ID_FKEY
    ///             .each()
    ///             .order_by(Order::total.desc())
    ///             .limit_each(3)
    ///             .with(Item::ORDER_ID_FKEY.each()),
    ///     )
    ///     .fetch(&db)
    ///     .await?;
    /// # drop(page); Ok(()) }
    /// ```
    ///
    /// The query and each relation are one statement, whatever the number of rows; a level without owners sends none. The
    /// relations of a tuple do not wait for one another. The statements see the database one after another, unless
    /// [`Nested::on_snapshot`] is called or they run in a transaction with an isolation of its own. A parent that several rows
    /// share is returned with each of them.
    pub fn with<N: LoadEach<M>>(self, each: N) -> Nested<S, M, N, N::Row<M>>
    where
        M: WholeRow,
    {
        Nested { select: self, each, load: load_whole::<M, N> }
    }
}

impl<S: Ungrouped, T: Send + 'static> Select<S, T> {
    /// Returns each row with what belongs to the row of a table that it was read from, whatever is listed of it: for lists, structs and
    /// changed rows. The relations begin at one of the query's tables; where an outer join leaves it out, nothing belongs to the row.
    ///
    /// ```no_run
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64, pub name: String }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub total: i64 }
    /// # #[derive(TableModel)]
    /// # pub struct Item { #[column(primary_key)] pub id: i64, #[column(references = Order::id)] pub order_id: i64, pub sku: String }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let page: Vec<((i64, String), Vec<String>)> = Order::select()
    ///     .join(Order::CUSTOMER_ID_FKEY)
    ///     .limit(25)
    ///     .columns((Order::total, Customer::name))
    ///     .with_related(Item::ORDER_ID_FKEY.each().columns(Item::sku))
    ///     .fetch(&db)
    ///     .await?;
    /// # drop(page); Ok(()) }
    /// ```
    ///
    /// The columns of the relation are read with the row: those that are not listed are added to the statement. Together with
    /// `distinct` they have to be listed, since they would make rows differ
    /// ([`ErrorKind::Unsendable`](crate::ErrorKind::Unsendable)). Statements, order and snapshot are as for [`Select::with`].
    pub fn with_related<O, N, I>(self, each: N) -> Nested<S, T, N, N::Row<T>>
    where
        O: TableModel + ReadBy<S, I>,
        N: LoadEach<O>,
    {
        Nested { select: self, each, load: load_listed::<T, O, N> }
    }
}

/// A page whose rows are returned with the rows that belong to them, made by [`Paging::with`].
#[must_use = "a page is not read until it is fetched"]
pub struct NestedPage<S, M, N> {
    page: Paging<S, M>,
    nested: N,
}

opaque_debug!([S, M, N] [NestedPage<S, M, N>], this { page: this.page });

impl<S, M: TableModel + Keyed> Paging<S, M> {
    /// Returns each row of the page with the rows that belong to it: see [`Select::with`]. Say it last: the cursor and the total come
    /// before.
    ///
    /// ```no_run
    /// # use schemata::{prelude::*, query::Page};
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64, pub name: String }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64 }
    /// # async fn f(db: Db, cursor: String) -> schemata::Result<()> {
    /// let page: Page<(Customer, Vec<Order>)> = Customer::select()
    ///     .order_by(Customer::name.asc())
    ///     .page(25)
    ///     .after(cursor)
    ///     .with(Order::CUSTOMER_ID_FKEY.each())
    ///     .fetch(&db)
    ///     .await?;
    /// # drop(page); Ok(()) }
    /// ```
    pub fn with<N: LoadEach<M>>(self, each: N) -> NestedPage<S, M, N> {
        NestedPage { page: self, nested: each }
    }
}

impl<S, M: TableModel + Keyed, N: LoadEach<M>> NestedPage<S, M, N> {
    /// Reads the page, and what belongs to its rows.
    ///
    /// # Errors
    /// As for [`Paging::fetch`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Page<N::Row<M>>> {
        let page = self.page.fetch(on).await?;
        let rows = attach(page.rows, self.nested, on.target()).await?;
        Ok(Page { rows, next: page.next, previous: page.previous, total: page.total })
    }
}

impl<S: Standalone, T: Send, N: Send, R: Send> Nested<S, T, N, R> {
    /// Returns all rows with their related rows.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<R>> {
        let Self { select: Select { query, decode, .. }, each, load } = self;
        load(query, decode, each, on.target()).await
    }

    /// Returns the first row with its related rows.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn fetch_optional<E: Executor + ?Sized>(mut self, on: &E) -> Result<Option<R>> {
        self.select = self.select.limit(1);
        Ok(self.fetch(on).await?.pop())
    }

    /// Returns the first row, which must exist, with its related rows.
    ///
    /// # Errors
    /// As for [`Select::fetch_one`].
    pub async fn fetch_one<E: Executor + ?Sized>(self, on: &E) -> Result<R> {
        let table = self.select.query.from.table.name;
        self.fetch_optional(on).await?.ok_or(Error::NotFound { table })
    }

    /// Runs all statements in one transaction that sees the database as it is at the first one: `REPEATABLE READ READ ONLY`.
    /// Beginning and ending it takes two more round trips. Within a transaction of your own, its isolation decides.
    pub fn on_snapshot(self) -> OnSnapshot<S, T, N, R> {
        OnSnapshot(self)
    }
}

impl<S: Standalone, T: Send, N: Send, R: Send> OnSnapshot<S, T, N, R> {
    /// Returns all rows with their related rows.
    ///
    /// # Errors
    /// As for [`Select::fetch`]; [`Error::Transaction`] if the transaction cannot begin or end.
    pub async fn fetch(self, db: &Db) -> Result<Vec<R>> {
        let snapshot = db.transaction_builder().isolation(Isolation::RepeatableRead).read_only();
        snapshot.run(|tx| async move { self.0.fetch(&tx).await }).await
    }

    /// Returns the first row with its related rows.
    ///
    /// # Errors
    /// As for [`OnSnapshot::fetch`].
    pub async fn fetch_optional(mut self, db: &Db) -> Result<Option<R>> {
        self.0.select = self.0.select.limit(1);
        Ok(self.fetch(db).await?.pop())
    }
}

/// Reads whole rows, which have the keys of what belongs to them.
fn load_whole<M: TableModel + Keyed, N: LoadEach<M>>(
    query: Box<Query>,
    decode: Decode<M>,
    nested: N,
    on: Target<'_>,
) -> Loading<'_, Vec<N::Row<M>>> {
    Box::pin(async move { attach(rows(on, query, decode).await?, nested, on).await })
}

/// Reads rows of any type, and beside them the keys of what belongs to the rows of `O`.
fn load_listed<T: Send + 'static, O: TableModel, N: LoadEach<O>>(
    mut query: Box<Query>,
    decode: Decode<T>,
    nested: N,
    on: Target<'_>,
) -> Loading<'_, Vec<N::Row<T>>> {
    Box::pin(async move {
        let mut columns = OwnerColumns::default();
        nested.__owner_columns(&mut columns);
        let purpose = Purpose { operation: "select", table: query.from.table.name };
        let mut keys = ListedKeys::add::<O>(columns, &mut query).map_err(|source| purpose.unsendable(source))?;
        let sql = select(on.schema, &query);
        let rows = fetch_with(on, purpose, &sql, |row| {
            keys.push(&RowReader::new(row))?;
            decode.read(&mut RowReader::new(row))
        });
        let rows = rows.await?;
        let loaded = nested.__load(&keys, on).await?;
        Ok(rows.into_iter().zip(loaded).map(|(row, loaded)| N::__row(row, loaded)).collect())
    })
}

/// Loads what belongs to the rows, and returns them with it.
async fn attach<M: TableModel + Keyed, N: LoadEach<M>>(
    rows: Vec<M>,
    nested: N,
    on: Target<'_>,
) -> Result<Vec<N::Row<M>>> {
    let loaded = nested.__load(&WholeRows(rows.iter().collect()), on);
    let loaded = loaded.await?;
    Ok(rows.into_iter().zip(loaded).map(|(row, loaded)| N::__row(row, loaded)).collect())
}

opaque_debug!([S, T, N, R] [Nested<S, T, N, R>], this { select: this.select });
opaque_debug!([S, T, N, R] [OnSnapshot<S, T, N, R>], this { nested: this.0 });
