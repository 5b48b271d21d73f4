//! Inserts and updates as they are built: what the derive's builders can do beside setting columns.

use std::fmt;
use std::future::Future;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::actor::SharedValue;
use crate::exec::row::FromRow;
use crate::model::assign::Assign;
#[cfg(feature = "chrono")]
use crate::model::audit::{Actor, Audit};
use crate::model::draft::Draft;
use crate::model::group::Has;
use crate::model::kind::{ChangesRows, Insert, Running, Seen, Update, UpdateWhere, WriteKind};
use crate::model::patch::{Insertable, NewRow, Patch, Row};
use crate::model::plan::Undecided;
use crate::model::returning::{Columns, Returning, Returns, Shape};
#[cfg(feature = "chrono")]
use crate::model::soft_delete::SoftDelete;
use crate::model::state::Complete;
use crate::model::unique::ConflictKey;
use crate::model::upsert::Upsert;
use crate::model::version::RowVersion;
use crate::query::{Col, Settable};
use crate::schema::IntoValue;
use crate::sql::guard::Removed;
use crate::sql::write::Cell;

/// A write in the making: what `Order::insert()`, `Order::update(key)` and `Order::update_where(condition)` return, with
/// one method a column beside these.
pub trait Write: Sized {
    /// The model that is written.
    type Model: 'static;
    /// [`Insert`], [`Update`] or [`UpdateWhere`].
    type Kind: WriteKind<Self::Model>;
    /// The states of the required columns, as a tuple.
    type Required;

    #[doc(hidden)]
    fn __wrap(draft: Draft<Self::Kind>) -> Self;

    #[doc(hidden)]
    fn __unwrap(self) -> Draft<Self::Kind>;

    /// Sets the column at `position`, moving to the state that has it.
    #[doc(hidden)]
    fn __set<Next, T>(self, position: usize, value: impl Assign<T>) -> Next
    where
        Next: Write<Kind = Self::Kind>,
    {
        let mut draft = self.__unwrap();
        draft.put(position, Cell::Value(value.__param()));
        Next::__wrap(draft)
    }

    /// Runs the write. An insert yields the row as stored; an update by key yields it, or `None` where no row has the
    /// key; an update by condition yields how many rows it changed.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) where values break a rule; [`Error::Database`](crate::Error::Database)
    /// with PostgreSQL's refusal as its source; for an update without a column
    /// [`Error::NothingToSet`](crate::Error::NothingToSet), against an expected version
    /// [`Error::Stale`](crate::Error::Stale), with a condition that asks nothing
    /// [`Error::Unconditional`](crate::Error::Unconditional).
    fn exec<E: Executor + ?Sized>(self, on: &E) -> Running<'_, <Self::Kind as WriteKind<Self::Model>>::Output>
    where
        Self::Required: Complete,
    {
        Box::pin(Self::Kind::run(self.__unwrap(), on))
    }

    /// Judges what is to be written by all the rules that hold without the database, and hands the write back: for an
    /// answer with status 422 before anything is begun. Running the write judges it again, with the actor of the handle.
    ///
    /// ```
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(sql_type = "varchar(20)")] pub status: String }
    /// let order = Order::insert().id(1).status("much longer than twenty characters").validate();
    /// assert!(matches!(order, Err(schemata::Error::Invalid(violations)) if violations.all[0].rule == "max_length"));
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with everything that is wrong, by row, column and rule;
    /// [`Error::NothingToSet`](crate::Error::NothingToSet) and [`Error::Unconditional`](crate::Error::Unconditional) as
    /// [`Write::exec`].
    fn validate(self) -> Result<Self>
    where
        Self::Required: Complete,
    {
        let mut draft = self.__unwrap();
        Self::Kind::__validate(&mut draft)?;
        Ok(Self::__wrap(draft))
    }

    /// Hands back these columns instead of the whole row: a handle, a tuple of them, or `()`.
    fn returning<C: Columns<Self::Model> + Send + Sync>(self, columns: C) -> Returning<Ready<Self>, C>
    where
        Self::Required: Complete,
    {
        Returning::new(Ready(self.__unwrap()), columns)
    }

    /// Names who acts, whatever handle or scope say. The value has the type of the audit columns.
    #[cfg(feature = "chrono")]
    #[must_use]
    fn actor<A: Actor>(self, actor: impl IntoValue<A::Inner>) -> Self
    where
        Self::Model: Has<Audit<A>>,
    {
        let mut draft = self.__unwrap();
        draft.actor = Some(SharedValue::new(actor.into_value()));
        Self::__wrap(draft)
    }

    /// Sets a column to the result of an SQL expression: `.set_sql(Counter::hits, "hits + 1")`. The expression is part of
    /// the program's text, so no value can get into it. It must be exactly one expression: `"hits + 1 WHERE true"` or `"1,
    /// role = 'admin'"` is [`Error::Invalid`](crate::Error::Invalid), by the rule `expression`.
    #[must_use]
    fn set_sql<T, S: Settable>(self, column: Col<Self::Model, T, S>, expression: &'static str) -> Self
    where
        Self: Write<Kind: ChangesRows>,
    {
        let mut draft = self.__unwrap();
        draft.put(draft.of.position(column.name()), Cell::Sql(expression));
        Self::__wrap(draft)
    }

    /// Sets the columns that the patch gives. A patch that gives none sets nothing.
    #[must_use]
    fn patch<P: Patch<Model = Self::Model>>(self, patch: P) -> Self
    where
        Self: Write<Kind: ChangesRows>,
    {
        let (mut draft, Row(cells)) = (self.__unwrap(), patch.__changes());
        for (column, cell) in cells {
            draft.put(column, cell);
        }
        Self::__wrap(draft)
    }

    /// Changes the row only while its version is `version`. Where it is another, the update fails with
    /// [`Error::Stale`](crate::Error::Stale); where the row is gone, it yields `None` as ever.
    #[must_use]
    fn expect_version(self, version: i64) -> Self
    where
        Self: Write<Kind = Update>,
        Self::Model: Has<RowVersion>,
    {
        let mut draft = self.__unwrap();
        draft.kind.version = Some(version);
        Self::__wrap(draft)
    }

    /// Changes removed rows too.
    #[cfg(feature = "chrono")]
    #[must_use]
    fn with_deleted(self) -> Self
    where
        Self: Write<Kind: ChangesRows>,
        Self::Model: Has<SoftDelete>,
    {
        let mut draft = self.__unwrap();
        draft.kind.__see(Seen(Removed::Shown));
        Self::__wrap(draft)
    }

    /// Changes removed rows only.
    #[cfg(feature = "chrono")]
    #[must_use]
    fn only_deleted(self) -> Self
    where
        Self: Write<Kind: ChangesRows>,
        Self::Model: Has<SoftDelete>,
    {
        let mut draft = self.__unwrap();
        draft.kind.__see(Seen(Removed::Only));
        Self::__wrap(draft)
    }

    /// Runs the update and yields the rows it changed.
    ///
    /// # Errors
    /// As [`Write::exec`].
    fn fetch<E: Executor + ?Sized>(self, on: &E) -> Running<'_, Vec<Self::Model>>
    where
        Self: Write<Kind = UpdateWhere>,
        Self::Model: FromRow + Send,
    {
        let draft = self.__unwrap();
        let columns: Vec<_> = draft.of.table.columns.iter().map(|column| column.name).collect();
        Box::pin(async move { <UpdateWhere as WriteKind<Self::Model>>::run_returning(draft, &columns, on).await })
    }

    /// Makes this an upsert, which must then say what to do with an existing row of the same key: see [`Upsert`].
    fn on_conflict(self, key: impl ConflictKey<Self::Model>) -> Upsert<Self::Model, Undecided>
    where
        Self: Write<Kind = Insert>,
        Self::Required: Complete,
    {
        Upsert::new(self.__unwrap(), key.__key())
    }
}

/// A write with all its required columns, on the way to hand back chosen ones.
#[doc(hidden)]
pub struct Ready<W: Write>(Draft<W::Kind>);

impl<W: Write> fmt::Debug for Ready<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<W: Write> Returns for Ready<W> {
    type Model = W::Model;
    type Shape = <W::Kind as WriteKind<W::Model>>::Shape;

    fn __run<T: FromRow + Send, E: Executor + ?Sized>(
        self,
        columns: &[&'static str],
        on: &E,
    ) -> impl Future<Output = Result<<Self::Shape as Shape>::Of<T>>> + Send {
        W::Kind::run_returning(self.0, columns, on)
    }
}

impl<W> Insertable for W
where
    W: Write<Kind = Insert>,
    W::Required: Complete,
{
    type Model = W::Model;

    fn __row(self) -> NewRow {
        let draft = self.__unwrap();
        NewRow { row: Row(draft.cells), actor: draft.actor }
    }
}
