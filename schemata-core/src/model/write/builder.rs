//! `Write`: what inserts and updates can do while they are built, beside setting columns.

use std::fmt;
use std::future::Future;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::Running;
use crate::exec::row::FromRow;
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
use crate::model::groups::row_version::RowVersion;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;
use crate::model::request::row::{Insertable, NewRow, Patch, RowValues};
use crate::model::unique_key::ConflictKey;
use crate::model::write::assign::column_value;
use crate::model::write::draft::WriteDraft;
use crate::model::write::insert::Insert;
use crate::model::write::joined::JoinedUpdate;
use crate::model::write::kind::{ChangesRows, VisibleRows, WriteKind};
use crate::model::write::on_conflict::Undecided;
use crate::model::write::required::Complete;
use crate::model::write::returning::{Returning, Returns, Shape, column_names};
use crate::model::write::update::{Update, UpdateWhere};
use crate::model::write::upsert::Upsert;
use crate::param::Param;
use crate::query::{Col, ColumnList, Condition, Join, Joinable, NewValue, Settable, Source};
use crate::schema::{ColumnType, IntoValue};
use crate::sql::tree::Removed;
use crate::sql::write::ColumnValue;

/// An insert or update while it is built: returned by `Order::insert()`, `Order::update(key)` and
/// `Order::update_where(condition)`. Beside these methods it has a setter per column.
pub trait Write: Sized {
    /// The model that is written.
    type Model: 'static;
    /// [`Insert`], [`Update`] or [`UpdateWhere`].
    type Kind: WriteKind<Self::Model>;
    /// The states of the required columns, as a tuple.
    type Required;

    #[doc(hidden)]
    fn __wrap(draft: WriteDraft<Self::Kind>) -> Self;

    #[doc(hidden)]
    fn __unwrap(self) -> WriteDraft<Self::Kind>;

    /// Runs the write. An insert returns the row as stored; an update by key returns it, or `None` if no row has the
    /// key; an update by condition returns the number of rows it changed.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if values break a rule; [`Error::Database`](crate::Error::Database) if
    /// PostgreSQL refuses the write; [`Error::NothingToSet`](crate::Error::NothingToSet) for an update that sets no
    /// column, [`Error::Stale`](crate::Error::Stale) if the row has another version than expected,
    /// [`Error::Unconditional`](crate::Error::Unconditional) for a condition that always holds.
    fn exec<E: Executor + ?Sized>(self, on: &E) -> Running<'_, <Self::Kind as WriteKind<Self::Model>>::Output>
    where
        Self::Required: Complete,
    {
        Running::new(Self::Kind::__run(self.__unwrap(), on))
    }

    /// Validates the values by all rules that need no database, and returns the write: an API can answer with status
    /// 422 before anything is sent. Running the write validates it again, with the actor of the executor.
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
    /// [`Error::Invalid`](crate::Error::Invalid) with every violation, by row, column and rule;
    /// [`Error::NothingToSet`](crate::Error::NothingToSet) and [`Error::Unconditional`](crate::Error::Unconditional) as for
    /// [`Write::exec`].
    fn validate(self) -> Result<Self>
    where
        Self::Required: Complete,
    {
        let mut draft = self.__unwrap();
        Self::Kind::__validate(&mut draft)?;
        Ok(Self::__wrap(draft))
    }

    /// Returns these columns instead of the whole row: a handle, a tuple of handles, or `()`.
    fn returning<C: ColumnList<Self::Model>>(self, columns: C) -> Returning<Ready<Self>, C>
    where
        Self::Required: Complete,
    {
        Returning::new(Ready(self.__unwrap()), columns)
    }

    /// Names the actor, overriding that of the executor and of the scope. The value has the type of the audit columns.
    #[cfg(feature = "chrono")]
    #[must_use]
    fn actor<A: Actor>(self, actor: impl IntoValue<A::Inner>) -> Self
    where
        Self::Model: Has<Audit<A>>,
    {
        let mut draft = self.__unwrap();
        draft.actor = Some(Param::new(actor.into_value()));
        Self::__wrap(draft)
    }

    /// Sets a column to a value, or to an expression over the row as it is before the update:
    /// `.set(Job::retries, Job::retries + 1)`, `.set(Job::first_page, Job::page)`.
    ///
    /// An expression has the column's type, and one that can be NULL is refused for a column that cannot. PostgreSQL computes it
    /// for the row as it is when the update locks it: two concurrent updates that add one add two. Limits of the type and the
    /// model's rules are checked before sending for values only; what an expression returns is PostgreSQL's to check (22001,
    /// 22003, 23514).
    ///
    /// ```no_run
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Job { #[column(primary_key)] pub id: i64, pub retries: i32, pub failed: i32 }
    /// # async fn retry(db: &Db) -> schemata::Result<()> {
    /// let job = Job::update(7).set(Job::retries, Job::retries + 1).set(Job::failed, 0).exec(db).await?;
    /// # drop(job); Ok(()) }
    /// ```
    #[must_use]
    fn set<T: ColumnType, A: Settable, V, K>(self, column: Col<Self::Model, T, A>, value: V) -> Self
    where
        Self: Write<Kind: ChangesRows>,
        V: NewValue<T, Self::Model, K>,
    {
        let mut draft = self.__unwrap();
        draft.set(draft.meta.position(column.name()), column_value(value.__side().0));
        Self::__wrap(draft)
    }

    /// Like [`set`](Write::set), if there is a value: `None` leaves the column as it is.
    #[must_use]
    fn set_opt<T: ColumnType, A: Settable, V, K>(self, column: Col<Self::Model, T, A>, value: Option<V>) -> Self
    where
        Self: Write<Kind: ChangesRows>,
        V: NewValue<T, Self::Model, K>,
    {
        match value {
            Some(value) => self.set(column, value),
            None => self,
        }
    }

    /// Sets a column to its default: `SET status = DEFAULT`. Without one, that is NULL, which is
    /// [`Error::Invalid`](crate::Error::Invalid), by the rule `required`, for a column that takes no NULL.
    #[must_use]
    fn set_default<T, A: Settable>(self, column: Col<Self::Model, T, A>) -> Self
    where
        Self: Write<Kind: ChangesRows>,
    {
        let mut draft = self.__unwrap();
        draft.set(draft.meta.position(column.name()), ColumnValue::Default);
        Self::__wrap(draft)
    }

    /// Sets a column to the result of an SQL expression: `.set_sql(Counter::hits, "hits + 1")`. The expression is part of
    /// the program's text, so it cannot contain a user's value. It must be exactly one expression: `"hits + 1 WHERE true"` or
    /// `"1, role = 'admin'"` is [`Error::Invalid`](crate::Error::Invalid), by the rule `expression`.
    #[must_use]
    fn set_sql<T, S: Settable>(self, column: Col<Self::Model, T, S>, expression: &'static str) -> Self
    where
        Self: Write<Kind: ChangesRows>,
    {
        let mut draft = self.__unwrap();
        draft.set(draft.meta.position(column.name()), ColumnValue::Sql(expression));
        Self::__wrap(draft)
    }

    /// Sets the columns for which the patch has a value.
    #[must_use]
    fn patch<P: Patch<Model = Self::Model>>(self, patch: P) -> Self
    where
        Self: Write<Kind: ChangesRows>,
    {
        let (mut draft, RowValues(changes)) = (self.__unwrap(), patch.__changes());
        for (column, value) in changes {
            draft.set(column, value);
        }
        Self::__wrap(draft)
    }

    /// Changes the row only if its version is `version`. If it is another, the update fails with
    /// [`Error::Stale`](crate::Error::Stale); if the row does not exist, it returns `None` as usual.
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
        draft.kind.__see(VisibleRows(Removed::Shown));
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
        draft.kind.__see(VisibleRows(Removed::Only));
        Self::__wrap(draft)
    }

    /// Joins the table at the other end of a foreign key: `UPDATE … FROM`. Conditions, `set` and `returning` can read it from
    /// here on; the setters of columns stand before.
    ///
    /// Rows without a partner do not change. A row with several changes once, by one of them that PostgreSQL chooses. Removed
    /// rows of the joined table are no partners.
    ///
    /// ```no_run
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Customer { #[column(primary_key)] pub id: i64, pub blocked: bool, pub discount: i32 }
    /// # #[derive(TableModel)]
    /// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub status: String, pub discount: i32 }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let stopped: u64 = Order::update_where(Order::status.eq("pending"))
    ///     .status("stopped")
    ///     .join(Order::CUSTOMER_ID_FKEY)
    ///     .filter(Customer::blocked)
    ///     .set(Order::discount, Customer::discount)
    ///     .exec(&db)
    ///     .await?;
    /// # drop(stopped); Ok(()) }
    /// ```
    #[expect(clippy::type_complexity, reason = "a list of types, not of values")]
    fn join<J, I>(self, along: J) -> JoinedUpdate<Self::Model, Join<Self::Model, J::Brings>, J::Brings>
    where
        Self: Write<Kind = UpdateWhere>,
        Self::Model: Source,
        J: Joinable<Self::Model, I>,
    {
        JoinedUpdate::new(self.__unwrap(), along.__on().0)
    }

    /// Like [`join`](Write::join), by a condition, where no foreign key leads.
    fn join_on<M: Source>(
        self,
        on: Condition<Join<Self::Model, M>>,
    ) -> JoinedUpdate<Self::Model, Join<Self::Model, M>, M>
    where
        Self: Write<Kind = UpdateWhere>,
        Self::Model: Source,
    {
        JoinedUpdate::new(self.__unwrap(), on.filter)
    }

    /// Runs the update and returns the rows it changed.
    ///
    /// # Errors
    /// As for [`Write::exec`].
    fn fetch<E: Executor + ?Sized>(self, on: &E) -> Running<'_, Vec<Self::Model>>
    where
        Self: Write<Kind = UpdateWhere>,
        Self::Model: FromRow + Send,
    {
        let draft = self.__unwrap();
        let columns = column_names(draft.meta.table);
        Running::new(async move { <UpdateWhere as WriteKind<Self::Model>>::__run_returning(draft, &columns, on).await })
    }

    /// Makes this an upsert. It must then choose what happens to an existing row of the same key: see [`Upsert`].
    fn on_conflict(self, key: impl ConflictKey<Self::Model>) -> Upsert<Self::Model, Undecided>
    where
        Self: Write<Kind = Insert>,
        Self::Required: Complete,
    {
        Upsert::new(self.__unwrap(), key.__key())
    }
}

/// A write with all its required columns, which returns chosen columns.
pub struct Ready<W: Write>(pub(crate) WriteDraft<W::Kind>);

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
        W::Kind::__run_returning(self.0, columns, on)
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
        NewRow { values: RowValues(draft.assignments), actor: draft.actor }
    }
}
