//! Rows with their related rows, several levels in one call: a statement per level, or per relation where a level has several.

use std::future::Future;
use std::pin::Pin;

use futures_util::future::{try_join, try_join3, try_join4, try_join5};

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::target::Target;
use crate::exec::{Db, Isolation};
use crate::model::TableModel;
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{Page, Paging, Select, Standalone};
use crate::relation::keyed::Keyed;
use crate::relation::load::{Each, Load, LoadTotals, One, fetch_groups, fetch_totals};

/// What is loaded with each row of `O`: [`Relation::each`](crate::relation::Relation::each),
/// [`parent_of_each`](crate::relation::Relation::parent_of_each), [`ManyToMany::each`](crate::relation::ManyToMany::each), their
/// counts and aggregates, one of these `with` others, or a tuple of up to five.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded with each row of `{O}`",
    label = "this does not load what belongs to rows of `{O}`",
    note = "write a relation one of whose ends is `{O}`: `.each()` for its children, `.parent_of_each()` for its parent"
)]
pub trait LoadEach<O>: Sized + Send + 'static {
    /// What is loaded for one row: a `Vec`, an `Option`, or aggregates.
    type Loaded: Send + 'static;
    /// The row with what is loaded for it: a tuple that begins with the row.
    type Row: Send + 'static;

    #[doc(hidden)]
    fn __load<'a>(self, owners: Vec<&'a O>, on: Target<'a>) -> Loading<'a, Vec<Self::Loaded>>;

    #[doc(hidden)]
    fn __row(owner: O, loaded: Self::Loaded) -> Self::Row;
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

/// A query whose rows are returned with their related rows. [`Select::with`] makes it.
#[must_use = "a query does nothing until it is fetched"]
pub struct Nested<S, M, N> {
    select: Select<S, M>,
    nested: N,
}

/// A nested query all of whose statements see the same state of the database. [`Nested::on_snapshot`] makes it.
#[must_use = "a query does nothing until it is fetched"]
pub struct OnSnapshot<S, M, N>(Nested<S, M, N>);

impl<S, M: TableModel + Keyed> Select<S, M> {
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
    pub fn with<N: LoadEach<M>>(self, each: N) -> Nested<S, M, N> {
        Nested { select: self, nested: each }
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

impl<S, M: TableModel, N: LoadEach<M>> NestedPage<S, M, N> {
    /// Reads the page, and what belongs to its rows.
    ///
    /// # Errors
    /// As for [`Paging::fetch`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Page<N::Row>> {
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

impl<S: Standalone, M: TableModel, N: LoadEach<M>> Nested<S, M, N> {
    /// Returns all rows with their related rows.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<N::Row>> {
        let rows = self.select.fetch(on).await?;
        attach(rows, self.nested, on.target()).await
    }

    /// Returns the first row with its related rows.
    ///
    /// # Errors
    /// As for [`Select::fetch`].
    pub async fn fetch_optional<E: Executor + ?Sized>(mut self, on: &E) -> Result<Option<N::Row>> {
        self.select = self.select.limit(1);
        Ok(self.fetch(on).await?.pop())
    }

    /// Returns the first row, which must exist, with its related rows.
    ///
    /// # Errors
    /// As for [`Select::fetch_one`].
    pub async fn fetch_one<E: Executor + ?Sized>(self, on: &E) -> Result<N::Row> {
        let table = self.select.query.from.table.name;
        self.fetch_optional(on).await?.ok_or(Error::NotFound { table })
    }

    /// Runs all statements in one transaction that sees the database as it is at the first one: `REPEATABLE READ READ ONLY`.
    /// Beginning and ending it takes two more round trips. Within a transaction of your own, its isolation decides.
    pub fn on_snapshot(self) -> OnSnapshot<S, M, N> {
        OnSnapshot(self)
    }
}

impl<S: Standalone, M: TableModel, N: LoadEach<M>> OnSnapshot<S, M, N> {
    /// Returns all rows with their related rows.
    ///
    /// # Errors
    /// As for [`Select::fetch`]; [`Error::Transaction`] if the transaction cannot begin or end.
    pub async fn fetch(self, db: &Db) -> Result<Vec<N::Row>> {
        let snapshot = db.transaction_builder().isolation(Isolation::RepeatableRead).read_only();
        snapshot.run(|tx| async move { self.0.fetch(&tx).await }).await
    }

    /// Returns the first row with its related rows.
    ///
    /// # Errors
    /// As for [`OnSnapshot::fetch`].
    pub async fn fetch_optional(mut self, db: &Db) -> Result<Option<N::Row>> {
        self.0.select = self.0.select.limit(1);
        Ok(self.fetch(db).await?.pop())
    }
}

/// Loads what belongs to the rows, and returns them with it.
async fn attach<M: TableModel, N: LoadEach<M>>(rows: Vec<M>, nested: N, on: Target<'_>) -> Result<Vec<N::Row>> {
    let loaded = nested.__load(rows.iter().collect(), on).await?;
    Ok(rows.into_iter().zip(loaded).map(|(row, loaded)| N::__row(row, loaded)).collect())
}

/// Loads what belongs to the rows of each group.
async fn attach_groups<M: TableModel, N: LoadEach<M>>(
    groups: Vec<Vec<M>>,
    nested: N,
    on: Target<'_>,
) -> Result<Vec<Vec<N::Row>>> {
    let mut loaded = nested.__load(groups.iter().flatten().collect(), on).await?.into_iter();
    let with =
        |group: Vec<M>| group.into_iter().zip(loaded.by_ref()).map(|(row, loaded)| N::__row(row, loaded)).collect();
    Ok(groups.into_iter().map(with).collect())
}

fn first<T>(mut rows: Vec<T>) -> Option<T> {
    rows.truncate(1);
    rows.pop()
}

#[diagnostic::do_not_recommend]
impl<S: 'static, T: Send + 'static, O: TableModel + Keyed> LoadEach<O> for Load<S, T, Each<O>> {
    type Loaded = Vec<T>;
    type Row = (O, Vec<T>);

    fn __load<'a>(self, owners: Vec<&'a O>, on: Target<'a>) -> Loading<'a, Vec<Vec<T>>> {
        let (keys, number, Select { query, decode, .. }) = (self.whose.link.keys(&owners), owners.len(), self.select);
        Box::pin(async move { fetch_groups(on, keys, number, *query, &decode).await })
    }

    fn __row(owner: O, loaded: Vec<T>) -> (O, Vec<T>) {
        (owner, loaded)
    }
}

#[diagnostic::do_not_recommend]
impl<S: 'static, T: Send + 'static, O: TableModel + Keyed> LoadEach<O> for Load<S, T, One<O>> {
    type Loaded = Option<T>;
    type Row = (O, Option<T>);

    fn __load<'a>(self, owners: Vec<&'a O>, on: Target<'a>) -> Loading<'a, Vec<Option<T>>> {
        let (keys, number, Select { query, decode, .. }) = (self.whose.link.keys(&owners), owners.len(), self.select);
        Box::pin(async move {
            let groups = fetch_groups(on, keys, number, *query, &decode).await?;
            Ok(groups.into_iter().map(first).collect())
        })
    }

    fn __row(owner: O, loaded: Option<T>) -> (O, Option<T>) {
        (owner, loaded)
    }
}

#[diagnostic::do_not_recommend]
impl<S: 'static, M: TableModel, O: TableModel + Keyed, N: LoadEach<M>> LoadEach<O>
    for LoadWith<Load<S, M, Each<O>>, N>
{
    type Loaded = Vec<N::Row>;
    type Row = (O, Vec<N::Row>);

    fn __load<'a>(self, owners: Vec<&'a O>, on: Target<'a>) -> Loading<'a, Vec<Vec<N::Row>>> {
        let Self { load, nested } = self;
        Box::pin(async move { attach_groups(load.__load(owners, on).await?, nested, on).await })
    }

    fn __row(owner: O, loaded: Vec<N::Row>) -> (O, Vec<N::Row>) {
        (owner, loaded)
    }
}

#[diagnostic::do_not_recommend]
impl<S: 'static, M: TableModel, O: TableModel + Keyed, N: LoadEach<M>> LoadEach<O> for LoadWith<Load<S, M, One<O>>, N> {
    type Loaded = Option<N::Row>;
    type Row = (O, Option<N::Row>);

    fn __load<'a>(self, owners: Vec<&'a O>, on: Target<'a>) -> Loading<'a, Vec<Option<N::Row>>> {
        let Self { load, nested } = self;
        Box::pin(async move {
            let groups = load.__load(owners, on).await?.into_iter().map(|row| row.into_iter().collect()).collect();
            Ok(attach_groups(groups, nested, on).await?.into_iter().map(first).collect())
        })
    }

    fn __row(owner: O, loaded: Option<N::Row>) -> (O, Option<N::Row>) {
        (owner, loaded)
    }
}

macro_rules! totals {
    ($($whose:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Send + 'static, O: TableModel + Keyed> LoadEach<O> for LoadTotals<T, $whose<O>> {
            type Loaded = T;
            type Row = (O, T);

            fn __load<'a>(self, owners: Vec<&'a O>, on: Target<'a>) -> Loading<'a, Vec<T>> {
                let (keys, number) = (self.whose.link.keys(&owners), owners.len());
                Box::pin(async move { fetch_totals(on, keys, number, self.query, &self.decode).await })
            }

            fn __row(owner: O, loaded: T) -> (O, T) {
                (owner, loaded)
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
            type Row = (O, $first::Loaded, $($rest::Loaded,)+);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __load<'a>(self, owners: Vec<&'a O>, on: Target<'a>) -> Loading<'a, Vec<Self::Loaded>> {
                let ($first, $($rest,)+) = self;
                let $first = $first.__load(owners.clone(), on);
                $(let $rest = $rest.__load(owners.clone(), on);)+
                Box::pin(async move {
                    siblings!(@join $first $($rest)+);
                    $(let mut $rest = $rest.into_iter();)+
                    let whole = |$first| Some(($first, $($rest.next()?,)+));
                    Ok($first.into_iter().filter_map(whole).collect())
                })
            }

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __row(owner: O, ($first, $($rest,)+): Self::Loaded) -> Self::Row {
                (owner, $first, $($rest,)+)
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
opaque_debug!([S, M, N] [Nested<S, M, N>], this { select: this.select });
opaque_debug!([S, M, N] [OnSnapshot<S, M, N>], this { nested: this.0 });
