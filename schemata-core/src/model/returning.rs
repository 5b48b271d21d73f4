//! What a write hands back instead of whole rows: chosen columns.

use std::future::Future;
use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::{FromRow, RowReader};
use crate::query::{Col, Settable};
use crate::schema::ColumnType;

/// Columns to hand back: a handle, or a tuple of up to eight; `()` for none.
pub trait Columns<M>: 'static {
    /// The handle's type, or the tuple of theirs.
    type Row: Send + 'static;
    #[doc(hidden)]
    fn __names(&self) -> Vec<&'static str>;
    /// Takes the columns from a row.
    #[doc(hidden)]
    fn __read(row: &mut RowReader<'_>) -> Result<Self::Row>;
}

impl<M: 'static, T: ColumnType, S: 'static> Columns<M> for Col<M, T, S> {
    type Row = T;

    fn __names(&self) -> Vec<&'static str> {
        vec![self.name()]
    }

    fn __read(row: &mut RowReader<'_>) -> Result<T> {
        row.take()
    }
}

impl<M> Columns<M> for () {
    type Row = ();

    fn __names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn __read(_: &mut RowReader<'_>) -> Result<()> {
        Ok(())
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<M: 'static, $($name: Columns<M>),+> Columns<M> for ($($name,)+) {
            type Row = ($($name::Row,)+);

            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __names(&self) -> Vec<&'static str> {
                let ($($name,)+) = self;
                [$($name.__names()),+].concat()
            }

            fn __read(row: &mut RowReader<'_>) -> Result<Self::Row> {
                Ok(($($name::__read(row)?,)+))
            }
        }

        impl<M: 'static, $($name: SettableColumns<M>),+> SettableColumns<M> for ($($name,)+) {}
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }

/// Columns that a write may set: a column's handle, or a tuple of up to eight; `()` for none.
pub trait SettableColumns<M>: Columns<M> {}

impl<M: 'static, T: ColumnType, S: Settable + 'static> SettableColumns<M> for Col<M, T, S> {}

impl<M> SettableColumns<M> for () {}

/// A row of chosen columns, as the wire code reads it.
#[derive(Debug)]
struct Picked<M, C: Columns<M>>(C::Row, PhantomData<fn() -> M>);

impl<M, C: Columns<M>> FromRow for Picked<M, C> {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self(C::__read(row)?, PhantomData))
    }
}

/// How many rows a write hands back: one, one or none, or a list.
pub trait Shape: Send + 'static {
    /// The rows in this shape, each a `T`.
    type Of<T>;
    /// Changes each.
    #[doc(hidden)]
    fn map<A, B>(rows: Self::Of<A>, change: impl Fn(A) -> B) -> Self::Of<B>;
}

/// One row.
#[derive(Debug)]
pub enum One {}

/// One row, or none.
#[derive(Debug)]
pub enum Maybe {}

/// A list of rows.
#[derive(Debug)]
pub enum Many {}

impl Shape for One {
    type Of<T> = T;

    fn map<A, B>(row: A, change: impl Fn(A) -> B) -> B {
        change(row)
    }
}

impl Shape for Maybe {
    type Of<T> = Option<T>;

    fn map<A, B>(row: Option<A>, change: impl Fn(A) -> B) -> Option<B> {
        row.map(change)
    }
}

impl Shape for Many {
    type Of<T> = Vec<T>;

    fn map<A, B>(rows: Vec<A>, change: impl Fn(A) -> B) -> Vec<B> {
        rows.into_iter().map(change).collect()
    }
}

/// A write that can hand back chosen columns.
pub trait Returns: Sized + Send {
    /// The model.
    type Model: 'static;
    /// How many rows.
    type Shape: Shape;

    /// Runs the write, handing back these columns.
    #[doc(hidden)]
    fn __run<T: FromRow + Send, E: Executor + ?Sized>(
        self,
        columns: &[&'static str],
        on: &E,
    ) -> impl Future<Output = Result<<Self::Shape as Shape>::Of<T>>> + Send;
}

/// A write that hands back chosen columns.
#[derive(Debug)]
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct Returning<W, C> {
    write: W,
    columns: C,
}

impl<W: Returns, C: Columns<W::Model> + Send + Sync> Returning<W, C> {
    pub(crate) fn new(write: W, columns: C) -> Self {
        Self { write, columns }
    }

    /// Runs the write.
    ///
    /// # Errors
    /// Those of the write itself.
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<<W::Shape as Shape>::Of<C::Row>> {
        let columns = self.columns.__names();
        let rows = self.write.__run::<Picked<W::Model, C>, E>(&columns, on).await?;
        Ok(W::Shape::map(rows, |picked| picked.0))
    }
}
