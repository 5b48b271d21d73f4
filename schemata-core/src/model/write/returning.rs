//! Writes that return chosen columns instead of whole rows.

use std::future::Future;
use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::{FromRow, RowReader};
use crate::query::{ColumnList, names};
use crate::schema::Table;

/// Returns the names of all columns of a table.
pub(crate) fn column_names(table: &Table) -> Vec<&'static str> {
    table.columns.iter().map(|column| column.name).collect()
}

/// A row of chosen columns.
struct ChosenColumns<M, C: ColumnList<M>>(C::Values, PhantomData<fn() -> M>);

impl<M, C: ColumnList<M>> FromRow for ChosenColumns<M, C> {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self(C::__take(row)?, PhantomData))
    }
}

/// How many rows a write returns: one, one or none, or a list.
pub trait Shape: Send + 'static {
    /// Rows of type `T` in this shape.
    type Of<T>;
    /// Changes each row.
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

/// A write that can return chosen columns.
pub trait Returns: Sized + Send {
    /// The model.
    type Model: 'static;
    /// How many rows the write returns.
    type Shape: Shape;

    /// Runs the write and returns these columns.
    #[doc(hidden)]
    fn __run<T: FromRow + Send, E: Executor + ?Sized>(
        self,
        columns: &[&'static str],
        on: &E,
    ) -> impl Future<Output = Result<<Self::Shape as Shape>::Of<T>>> + Send;
}

/// A write that returns chosen columns.
#[derive(Debug)]
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct Returning<W, C> {
    pub(crate) write: W,
    pub(crate) columns: C,
}

impl<W: Returns, C: ColumnList<W::Model>> Returning<W, C> {
    pub(crate) fn new(write: W, columns: C) -> Self {
        Self { write, columns }
    }

    /// Runs the write.
    ///
    /// # Errors
    /// Those of the write itself.
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<<W::Shape as Shape>::Of<C::Values>> {
        let columns = names(&self.columns);
        let rows = self.write.__run::<ChosenColumns<W::Model, C>, E>(&columns, on).await?;
        Ok(W::Shape::map(rows, |row| row.0))
    }
}
