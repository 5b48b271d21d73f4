//! What is loaded with each row: a statement per level, or per relation where a level has several. `nested` has the queries that
//! begin with it.

use std::future::Future;
use std::pin::Pin;

use futures_util::future::{try_join, try_join3, try_join4, try_join5};

use crate::error::Result;
use crate::exec::target::Target;
use crate::model::TableModel;
use crate::query::Select;
use crate::query::unbounded_impls::opaque_debug;
use crate::relation::keyed::Keyed;
use crate::relation::load::{Each, Load, LoadTotals, One, fetch_groups, fetch_totals};
use crate::relation::owner_rows::{OwnerColumns, OwnerRows, WholeRows};

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

impl<S, M: TableModel + Keyed, W> Load<S, M, W> {
    /// Loads each row with the rows that belong to it; see [`Select::with`].
    pub fn with<N: LoadEach<M>>(self, each: N) -> LoadWith<Self, N> {
        LoadWith { load: self, nested: each }
    }
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
