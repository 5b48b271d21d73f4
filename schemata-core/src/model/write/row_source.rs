//! Where the rows of an `insert_select` come from, a query or another write, and the columns that take them.

use crate::model::write::builder::{Ready, Write};
use crate::model::write::delete::Delete;
use crate::model::write::draft::WriteDraft;
use crate::model::write::insert::{Insert, InsertRow};
use crate::model::write::joined::JoinedReturning;
use crate::model::write::kind::WriteKind;
use crate::model::write::on_conflict::Decided;
use crate::model::write::returning::{Returning, Returns};
use crate::model::write::statement::{SourceStatement, Statement};
use crate::model::write::update::{UpdateRows, UpdateWhere};
use crate::model::write::upsert::{Upsert, UpsertMaybe};
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{Col, ColumnList, Select, Settable, names};
use crate::schema::{ColumnType, IntoValue};
use crate::sql::tree::Query;

/// Rows of type `T` that an insert can read: a query, or an update, a delete or an `insert_select` with `returning`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no rows of type `{T}` that an insert could read",
    label = "expected a query, or a write by condition with `.returning(…)`",
    note = "its rows have as many values as the insert has columns"
)]
pub trait RowSource<T> {
    #[doc(hidden)]
    fn __rows(self) -> SourceRows;
}

/// The rows that an insert reads.
#[doc(hidden)]
pub struct SourceRows(pub(crate) Rows);

opaque_debug!([][SourceRows]);

pub(crate) enum Rows {
    /// The rows of a query.
    Query(Box<Query>),
    /// A query whose rows `map` changes, so that their type says nothing about what the query lists.
    Mapped,
    /// The rows that a write returns.
    Write(Box<dyn Statement>),
    /// The rows of a write that precedes this one.
    Taken,
}

impl<S, T> RowSource<T> for Select<S, T> {
    fn __rows(self) -> SourceRows {
        SourceRows(if self.decode.is_mapped() { Rows::Mapped } else { Rows::Query(self.query) })
    }
}

impl<T> RowSource<T> for JoinedReturning<T> {
    fn __rows(self) -> SourceRows {
        SourceRows(Rows::Write(Box::new(self.statement)))
    }
}

impl<W: ReturnsRows, C: ColumnList<W::Model>> RowSource<C::Values> for Returning<W, C> {
    fn __rows(self) -> SourceRows {
        let columns = names(&self.columns);
        SourceRows(Rows::Write(self.write.__source(columns).0))
    }
}

/// A write that is one statement, whose returned rows another statement can read.
#[diagnostic::on_unimplemented(
    message = "no other statement can read the rows of this write",
    note = "inserts of one row, upserts of one row, `insert_select`, `update_where` and `delete_where` can be read; batches are \
            several statements, and an update by key is `update_where` here: a version that has changed would otherwise be missed"
)]
pub trait ReturnsRows: Returns {
    #[doc(hidden)]
    fn __source(self, columns: Vec<&'static str>) -> SourceStatement;
}

/// The kinds of writes that are one statement: [`Insert`] and [`UpdateWhere`].
#[diagnostic::on_unimplemented(
    message = "no other statement can read the rows of an update by key",
    note = "write `update_where(…)`: by key, an update also tells that the row has another version than expected"
)]
pub trait OneStatement<M>: WriteKind<M> {
    #[doc(hidden)]
    fn __source(draft: WriteDraft<Self>, columns: Vec<&'static str>) -> SourceStatement;
}

#[diagnostic::do_not_recommend]
impl<M> OneStatement<M> for UpdateWhere
where
    Self: WriteKind<M>,
{
    fn __source(draft: WriteDraft<Self>, columns: Vec<&'static str>) -> SourceStatement {
        SourceStatement(Box::new(UpdateRows { draft, columns: Some(columns) }))
    }
}

#[diagnostic::do_not_recommend]
impl<M> OneStatement<M> for Insert
where
    Self: WriteKind<M>,
{
    fn __source(draft: WriteDraft<Self>, columns: Vec<&'static str>) -> SourceStatement {
        SourceStatement(Box::new(InsertRow { draft, plan: None, columns, is_read: true }))
    }
}

impl<W: Write> ReturnsRows for Ready<W>
where
    W::Kind: OneStatement<W::Model>,
{
    fn __source(self, columns: Vec<&'static str>) -> SourceStatement {
        W::Kind::__source(self.0, columns)
    }
}

/// A write with `returning`, whose rows a query reads: see [`with_write`](crate::model::with_write).
#[diagnostic::on_unimplemented(
    message = "`{Self}` returns no rows that a query could read",
    label = "expected a write with `.returning(…)`"
)]
pub trait WrittenRows {
    /// The type of a row.
    type Row;

    #[doc(hidden)]
    fn __statement(self) -> SourceStatement;
}

#[diagnostic::do_not_recommend]
impl<T> WrittenRows for JoinedReturning<T> {
    type Row = T;

    fn __statement(self) -> SourceStatement {
        SourceStatement(Box::new(self.statement))
    }
}

impl<W: ReturnsRows, C: ColumnList<W::Model>> WrittenRows for Returning<W, C> {
    type Row = C::Values;

    fn __statement(self) -> SourceStatement {
        let columns = names(&self.columns);
        self.write.__source(columns)
    }
}

impl<M, S: Decided> ReturnsRows for Upsert<M, S>
where
    Self: Returns,
{
    fn __source(self, columns: Vec<&'static str>) -> SourceStatement {
        self.source(columns)
    }
}

impl<M> ReturnsRows for UpsertMaybe<M>
where
    Self: Returns,
{
    fn __source(self, columns: Vec<&'static str>) -> SourceStatement {
        self.source(columns)
    }
}

impl<M> ReturnsRows for Delete<M>
where
    Self: Returns,
{
    fn __source(self, columns: Vec<&'static str>) -> SourceStatement {
        SourceStatement(Box::new(self.rows(Some(columns))))
    }
}

/// Columns of model `M` that take rows of type `T`: a handle for a column, a tuple of them for a tuple.
#[diagnostic::on_unimplemented(
    message = "the columns `{Self}` of `{M}` do not take rows of type `{T}`",
    label = "expected as many columns, of these types",
    note = "what can be NULL goes into a column that can: `.coalesce(…)` replaces NULL"
)]
pub trait TakesRows<M, T> {
    #[doc(hidden)]
    fn __append(&self, to: &mut TakenColumns);
}

/// The names of columns that take rows.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct TakenColumns(pub(crate) Vec<&'static str>);

impl<M, U: ColumnType, A: Settable, T: IntoValue<U>> TakesRows<M, T> for Col<M, U, A> {
    fn __append(&self, to: &mut TakenColumns) {
        to.0.push(self.name());
    }
}

macro_rules! tuples {
    ($(($($name:ident $row:ident)+))*) => {$(
        impl<M, $($name: TakesRows<M, $row>, $row),+> TakesRows<M, ($($row,)+)> for ($($name,)+) {
            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(&self, to: &mut TakenColumns) {
                let ($($name,)+) = self;
                $($name.__append(to);)+
            }
        }
    )*};
}

tuples! {
    (A RA)
    (A RA B RB)
    (A RA B RB C RC)
    (A RA B RB C RC D RD)
    (A RA B RB C RC D RD E RE)
    (A RA B RB C RC D RD E RE F RF)
    (A RA B RB C RC D RD E RE F RF G RG)
    (A RA B RB C RC D RD E RE F RF G RG H RH)
    (A RA B RB C RC D RD E RE F RF G RG H RH J RJ)
    (A RA B RB C RC D RD E RE F RF G RG H RH J RJ K RK)
    (A RA B RB C RC D RD E RE F RF G RG H RH J RJ K RK L RL)
    (A RA B RB C RC D RD E RE F RF G RG H RH J RJ K RK L RL N RN)
}
