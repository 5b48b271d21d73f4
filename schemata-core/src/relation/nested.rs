//! Rows with their related rows, several levels in one call: a statement per level, or per relation where a level has several.

use std::future::Future;
use std::pin::Pin;

use futures_util::future::{try_join, try_join3, try_join4, try_join5};

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
use crate::relation::load::{Each, Load, LoadTotals, One, fetch_groups, fetch_totals};
use crate::relation::owner_rows::{ListedKeys, OwnerColumns, OwnerRows, WholeRows};
use crate::sql::select::select;
use crate::sql::tree::Query;

/// What is loaded with each row of `O`: [`Relation::each`](crate::relation::Relation::each),
/// [`parent_of_each`](crate::relation::Relation::parent_of_each), [`ManyToMany::each`](crate::relation::ManyToMany::each), their
/// counts and aggregates, one of these `with` others, or a tuple of up to five.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded with each row of `{O}`",
    label = "this does not load what belongs to rows of `{O}`",
    note = "rows that are lists or structs have `with_related`",
    note = "write a relation one of whose ends is `{O}`: `.each()` for its children, `.parent_of_each()` for its parent"
)]
pub trait LoadEach<O>: Sized + Send + 'static {
    /// What is loaded for one row: a `Vec`, an `Option`, or aggregates.
    type Loaded: Send + 'static;
    /// A row with what is loaded for it: a tuple that begins with the row.
    type Row<R: Send + 'static>: Send + 'static;

    #[doc(hidden)]
    fn __owner_columns(&self, to: &mut OwnerColumns);

    #[doc(hidden)]
    fn __load<'a>(self, owners: &dyn OwnerRows, on: Target<'a>) -> Loading<'a, Vec<Self::Loaded>>;

    #[doc(hidden)]
    fn __row<R: Send + 'static>(row: R, loaded: Self::Loaded) -> Self::Row<R>;
}

/// Related rows that are being loaded.
#[doc(hidden)]
pub type Loading<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Related rows, each with its own related rows. [`Load::with`] makes it.
#[must_use = "nothing is loaded until it is fetched"]
pub struct LoadWith<L, N> {
    load: L,
    nested: N,
}

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

impl<S, M: TableModel + Keyed, W> Load<S, M, W> {
    /// Loads each row with the rows that belong to it; see [`Select::with`].
    pub fn with<N: LoadEach<M>>(self, each: N) -> LoadWith<Self, N> {
        LoadWith { load: self, nested: each }
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

/// Loads what belongs to the rows of each group.
async fn attach_groups<M: TableModel + Keyed, N: LoadEach<M>>(
    groups: Vec<Vec<M>>,
    nested: N,
    on: Target<'_>,
) -> Result<Vec<Vec<N::Row<M>>>> {
    let loaded = nested.__load(&WholeRows(groups.iter().flatten().collect()), on);
    let mut loaded = loaded.await?.into_iter();
    let with =
        |group: Vec<M>| group.into_iter().zip(loaded.by_ref()).map(|(row, loaded)| N::__row(row, loaded)).collect();
    Ok(groups.into_iter().map(with).collect())
}

fn first<T>(mut rows: Vec<T>) -> Option<T> {
    rows.truncate(1);
    rows.pop()
}

#[diagnostic::do_not_recommend]
impl<S: 'static, T: Send + 'static, O: TableModel> LoadEach<O> for Load<S, T, Each<O>> {
    type Loaded = Vec<T>;
    type Row<R: Send + 'static> = (R, Vec<T>);

    fn __owner_columns(&self, to: &mut OwnerColumns) {
        self.whose.link.add_columns::<O>(to);
    }

    fn __load<'a>(self, owners: &dyn OwnerRows, on: Target<'a>) -> Loading<'a, Vec<Vec<T>>> {
        let (keys, number) = (self.whose.link.keys::<O>(owners), owners.number());
        let Select { query, decode, .. } = self.select;
        Box::pin(async move { fetch_groups(on, keys, number, *query, &decode).await })
    }

    fn __row<R: Send + 'static>(row: R, loaded: Vec<T>) -> (R, Vec<T>) {
        (row, loaded)
    }
}

#[diagnostic::do_not_recommend]
impl<S: 'static, T: Send + 'static, O: TableModel> LoadEach<O> for Load<S, T, One<O>> {
    type Loaded = Option<T>;
    type Row<R: Send + 'static> = (R, Option<T>);

    fn __owner_columns(&self, to: &mut OwnerColumns) {
        self.whose.link.add_columns::<O>(to);
    }

    fn __load<'a>(self, owners: &dyn OwnerRows, on: Target<'a>) -> Loading<'a, Vec<Option<T>>> {
        let (keys, number) = (self.whose.link.keys::<O>(owners), owners.number());
        let Select { query, decode, .. } = self.select;
        Box::pin(async move {
            let groups = fetch_groups(on, keys, number, *query, &decode).await?;
            Ok(groups.into_iter().map(first).collect())
        })
    }

    fn __row<R: Send + 'static>(row: R, loaded: Option<T>) -> (R, Option<T>) {
        (row, loaded)
    }
}

#[diagnostic::do_not_recommend]
impl<S: 'static, M: TableModel + Keyed, O: TableModel, N: LoadEach<M>> LoadEach<O>
    for LoadWith<Load<S, M, Each<O>>, N>
{
    type Loaded = Vec<N::Row<M>>;
    type Row<R: Send + 'static> = (R, Vec<N::Row<M>>);

    fn __owner_columns(&self, to: &mut OwnerColumns) {
        self.load.__owner_columns(to);
    }

    fn __load<'a>(self, owners: &dyn OwnerRows, on: Target<'a>) -> Loading<'a, Vec<Vec<N::Row<M>>>> {
        let (load, nested) = (self.load.__load(owners, on), self.nested);
        Box::pin(async move { attach_groups(load.await?, nested, on).await })
    }

    fn __row<R: Send + 'static>(row: R, loaded: Vec<N::Row<M>>) -> (R, Vec<N::Row<M>>) {
        (row, loaded)
    }
}

#[diagnostic::do_not_recommend]
impl<S: 'static, M: TableModel + Keyed, O: TableModel, N: LoadEach<M>> LoadEach<O> for LoadWith<Load<S, M, One<O>>, N> {
    type Loaded = Option<N::Row<M>>;
    type Row<R: Send + 'static> = (R, Option<N::Row<M>>);

    fn __owner_columns(&self, to: &mut OwnerColumns) {
        self.load.__owner_columns(to);
    }

    fn __load<'a>(self, owners: &dyn OwnerRows, on: Target<'a>) -> Loading<'a, Vec<Option<N::Row<M>>>> {
        let (load, nested) = (self.load.__load(owners, on), self.nested);
        Box::pin(async move {
            let groups = load.await?.into_iter().map(|row| row.into_iter().collect()).collect();
            Ok(attach_groups(groups, nested, on).await?.into_iter().map(first).collect())
        })
    }

    fn __row<R: Send + 'static>(row: R, loaded: Option<N::Row<M>>) -> (R, Option<N::Row<M>>) {
        (row, loaded)
    }
}

macro_rules! totals {
    ($($whose:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Send + 'static, O: TableModel> LoadEach<O> for LoadTotals<T, $whose<O>> {
            type Loaded = T;
            type Row<R: Send + 'static> = (R, T);

            fn __owner_columns(&self, to: &mut OwnerColumns) {
                self.whose.link.add_columns::<O>(to);
            }

            fn __load<'a>(self, owners: &dyn OwnerRows, on: Target<'a>) -> Loading<'a, Vec<T>> {
                let (keys, number) = (self.whose.link.keys::<O>(owners), owners.number());
                Box::pin(async move { fetch_totals(on, keys, number, self.query, &self.decode).await })
            }

            fn __row<R: Send + 'static>(row: R, loaded: T) -> (R, T) {
                (row, loaded)
            }
        }
    )*};
}

totals! { Each One }

/// Several relations of the same owners, whose statements do not wait for one another.
macro_rules! siblings {
    ($(($first:ident $($rest:ident)+))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<O: Send + Sync + 'static, $first: LoadEach<O>, $($rest: LoadEach<O>),+> LoadEach<O> for ($first, $($rest,)+) {
            type Loaded = ($first::Loaded, $($rest::Loaded,)+);
            type Row<R: Send + 'static> = (R, $first::Loaded, $($rest::Loaded,)+);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __owner_columns(&self, to: &mut OwnerColumns) {
                let ($first, $($rest,)+) = self;
                $first.__owner_columns(to);
                $($rest.__owner_columns(to);)+
            }

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __load<'a>(self, owners: &dyn OwnerRows, on: Target<'a>) -> Loading<'a, Vec<Self::Loaded>> {
                let ($first, $($rest,)+) = self;
                let $first = $first.__load(owners, on);
                $(let $rest = $rest.__load(owners, on);)+
                Box::pin(async move {
                    siblings!(@join $first $($rest)+);
                    $(let mut $rest = $rest.into_iter();)+
                    let whole = |$first| Some(($first, $($rest.next()?,)+));
                    Ok($first.into_iter().filter_map(whole).collect())
                })
            }

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __row<R: Send + 'static>(row: R, ($first, $($rest,)+): Self::Loaded) -> Self::Row<R> {
                (row, $first, $($rest,)+)
            }
        }
    )*};
    (@join $a:ident $b:ident) => { let ($a, $b) = try_join($a, $b).await?; };
    (@join $a:ident $b:ident $c:ident) => { let ($a, $b, $c) = try_join3($a, $b, $c).await?; };
    (@join $a:ident $b:ident $c:ident $d:ident) => { let ($a, $b, $c, $d) = try_join4($a, $b, $c, $d).await?; };
    (@join $a:ident $b:ident $c:ident $d:ident $e:ident) => {
        let ($a, $b, $c, $d, $e) = try_join5($a, $b, $c, $d, $e).await?;
    };
}

siblings! { (A B) (A B C) (A B C D) (A B C D E) }

opaque_debug!([L: std::fmt::Debug, N] [LoadWith<L, N>], this { load: this.load });
opaque_debug!([S, T, N, R] [Nested<S, T, N, R>], this { select: this.select });
opaque_debug!([S, T, N, R] [OnSnapshot<S, T, N, R>], this { nested: this.0 });
