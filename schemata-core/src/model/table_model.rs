//! `TableModel`: a struct that stands for a table, and the operations of every model.

use std::future::Future;
use std::marker::PhantomData;

use futures_util::Stream;

use crate::error::{Error, Result};
use crate::exec::executor::Executor;
use crate::exec::row::FromRow;
use crate::model::batch::change_many::{ChangeMany, RowUpdate};
use crate::model::batch::insert_many::{InsertMany, Streamed};
use crate::model::batch::row_feed::Rows;
use crate::model::batch::upsert_many::UpsertMany;
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;
use crate::model::key::Key;
use crate::model::request::row::{Insertable, NewRow, Patch, RowValues};
use crate::model::unique_key::{ConflictKey, UniqueKey};
use crate::model::validate::validator::{ModelMeta, Validator};
use crate::model::write::builder::Write;
use crate::model::write::delete::Delete;
use crate::model::write::draft::WriteDraft;
use crate::model::write::insert::Insert;
use crate::model::write::insert_select::InsertSelect;
use crate::model::write::kind::WriteKind;
use crate::model::write::on_conflict::Undecided;
use crate::model::write::row_condition::{AllRows, RowCondition};
use crate::model::write::row_source::{RowSource, TakesRows};
use crate::model::write::update::{Update, UpdateWhere};
use crate::param::Param;
use crate::query::{Condition, Filterable, Select, Sortable, Source, SourceTable};
use crate::schema::Table;
use crate::sql::tree::{Filter, Removed};
use crate::sql::write::ColumnValue;

/// A struct that stands for a table. Derived: `#[derive(TableModel)]`.
///
/// What finds or changes a row by its primary key needs [`HasKey`].
///
/// A field cannot be named like one of the provided methods: its handle, `Order::name`, would hide the method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table model",
    note = "write `#[derive(TableModel)]` on `{Self}`"
)]
pub trait TableModel: FromRow + Send + Sync + 'static {
    /// The insert that [`TableModel::insert`] begins.
    type Insert: Write<Model = Self, Kind = Insert>;
    /// A write whose required columns are set: begun by [`TableModel::update`] and [`TableModel::insert_from`].
    type Ready<K: WriteKind<Self>>: Write<Model = Self, Kind = K>;
    /// The table, as the struct declares it.
    const TABLE: &'static Table;
    /// The model's own rules: `#[table(validate = function)]`.
    #[doc(hidden)]
    const VALIDATOR: Option<Validator> = None;

    /// Returns the table, as the struct declares it.
    fn table() -> &'static Table {
        Self::TABLE
    }

    #[doc(hidden)]
    fn __meta() -> ModelMeta {
        ModelMeta { table: Self::TABLE, validator: Self::VALIDATOR }
    }

    /// Returns the primary key, for `on_conflict`. The other keys are constants: `Customer::by_email`.
    fn primary_key() -> UniqueKey<Self>
    where
        Self: HasKey,
    {
        const {
            assert!(
                Self::TABLE.primary_key_options.is_plain(),
                "ON CONFLICT cannot use this primary key, which is `deferrable` or `without_overlaps`"
            );
        }
        UniqueKey::primary()
    }

    /// Returns the filter of an update or delete that is meant for every row.
    fn all_rows() -> AllRows<Self> {
        AllRows(PhantomData)
    }

    /// Begins an insert: set the columns, then call `exec`.
    fn insert() -> Self::Insert {
        Self::Insert::__wrap(WriteDraft::new(Insert, Self::__meta()))
    }

    /// Begins an insert of a struct that was read from a request, or of any other [`Insertable`].
    fn insert_from(row: impl Insertable<Model = Self>) -> Self::Ready<Insert> {
        let NewRow { values: RowValues(assignments), actor } = row.__row();
        Self::Ready::__wrap(WriteDraft { assignments, actor, ..WriteDraft::new(Insert, Self::__meta()) })
    }

    /// Begins an update of the row with this key: set the columns, then call `exec`. Other columns stay as they are.
    fn update(key: impl Into<<Self as HasKey>::Key>) -> Self::Ready<Update>
    where
        Self: HasKey,
    {
        Self::Ready::__wrap(update_by_key::<Self>(key.into()))
    }

    /// Begins an update of the rows for which the condition holds, or of every row with
    /// [`all_rows()`](TableModel::all_rows).
    fn update_where(rows: impl RowCondition<Self>) -> Self::Ready<UpdateWhere> {
        Self::Ready::__wrap(WriteDraft::new(UpdateWhere::new(rows), Self::__meta()))
    }

    /// Begins an update that changes only the audit columns (and the version) of the row with this key.
    #[cfg(feature = "chrono")]
    fn touch<A: Actor>(key: impl Into<<Self as HasKey>::Key>) -> Self::Ready<Update>
    where
        Self: HasKey + Has<Audit<A>>,
    {
        let mut draft = update_by_key::<Self>(key.into());
        draft.kind.touches = true;
        Self::Ready::__wrap(draft)
    }

    /// Begins the removal (soft delete) of the row with this key. `exec` returns the row, or `None` if no live row has
    /// the key.
    #[cfg(feature = "chrono")]
    fn remove(key: impl Into<<Self as HasKey>::Key>) -> Self::Ready<Update>
    where
        Self: HasKey + Has<SoftDelete>,
    {
        Self::Ready::__wrap(set_removed(update_by_key::<Self>(key.into()), "now()"))
    }

    /// Begins the removal (soft delete) of the live rows for which the condition holds.
    #[cfg(feature = "chrono")]
    fn remove_where(rows: impl RowCondition<Self>) -> Self::Ready<UpdateWhere>
    where
        Self: Has<SoftDelete>,
    {
        Self::Ready::__wrap(set_removed(WriteDraft::new(UpdateWhere::new(rows), Self::__meta()), "now()"))
    }

    /// Begins to restore the removed row with this key. `exec` returns the row, or `None` if no removed row has the key.
    #[cfg(feature = "chrono")]
    fn restore(key: impl Into<<Self as HasKey>::Key>) -> Self::Ready<Update>
    where
        Self: HasKey + Has<SoftDelete>,
    {
        let mut draft = update_by_key::<Self>(key.into());
        draft.kind.removed = Removed::Only;
        Self::Ready::__wrap(set_removed(draft, "NULL"))
    }

    /// Begins to restore the removed rows for which the condition holds. Live rows stay as they are.
    #[cfg(feature = "chrono")]
    fn restore_where(rows: impl RowCondition<Self>) -> Self::Ready<UpdateWhere>
    where
        Self: Has<SoftDelete>,
    {
        let kind = UpdateWhere { removed: Removed::Only, ..UpdateWhere::new(rows) };
        Self::Ready::__wrap(set_removed(WriteDraft::new(kind, Self::__meta()), "NULL"))
    }

    /// Deletes the removed row with this key for good, and returns whether there was one. A live row stays.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    #[cfg(feature = "chrono")]
    fn purge<E: Executor + ?Sized>(
        on: &E,
        key: impl Into<<Self as HasKey>::Key>,
    ) -> impl Future<Output = Result<bool>> + Send
    where
        Self: HasKey + Has<SoftDelete>,
    {
        let delete = Delete::<Self>::new(Self::TABLE, by_key::<Self>(key.into()), Removed::Only);
        async move { Ok(delete.exec(on).await? > 0) }
    }

    /// Begins to delete the removed rows for which the condition holds for good. Live rows stay.
    #[cfg(feature = "chrono")]
    fn purge_where(rows: impl RowCondition<Self>) -> Delete<Self>
    where
        Self: Has<SoftDelete>,
    {
        Delete::new(Self::TABLE, rows, Removed::Only)
    }

    /// Begins to insert many rows: structs that derive `Insertable`, or `Order::insert()` with all required columns.
    fn insert_many<'r, I>(rows: I) -> InsertMany<'r, Self>
    where
        I: IntoIterator<Item: Insertable<Model = Self>, IntoIter: Send + 'r>,
    {
        InsertMany::new(Self::__meta(), rows)
    }

    /// Begins to insert the rows of an asynchronous stream, such as those that are read from another database. Rows are sent
    /// while the stream is polled, as those of an iterator are; no statement is open on the server while the stream has nothing.
    /// An error of the stream ends the batch, is returned, and leaves nothing stored. Rows that cannot fail are mapped to `Ok`.
    ///
    /// ```no_run
    /// # use futures_util::StreamExt;
    /// # use schemata::prelude::*;
    /// # #[derive(TableModel)]
    /// # pub struct Event { #[column(primary_key)] pub id: i64, pub name: String }
    /// # async fn copy(from: &Db, to: &Db) -> schemata::Result<()> {
    /// let events = Event::select().stream(from).await?;
    /// let rows = events.map(|event| event.map(|event| Event::insert().id(event.id).name(event.name)));
    /// let copied: u64 = Event::insert_stream(rows).exec(to).await?;
    /// # Ok(()) }
    /// ```
    fn insert_stream<'r, S, R>(rows: S) -> InsertMany<'r, Self, Streamed>
    where
        S: Stream<Item = Result<R>> + Send + 'r,
        R: Insertable<Model = Self>,
    {
        InsertMany::streamed(Self::__meta(), rows)
    }

    /// Begins to insert the rows of a query, or those that another write returns: `INSERT … SELECT`, one statement.
    ///
    /// The columns take the rows by position: as many, of these types, and nothing that can be NULL into a column that cannot.
    /// Columns that are not listed take their defaults; a required one that is missing is refused before anything is sent.
    /// `created_by` is the actor, as in every insert. PostgreSQL alone checks the values: neither the limits of types nor the
    /// model's rules are checked before.
    ///
    /// ```no_run
    /// # use schemata::{model::Write, prelude::*};
    /// # #[derive(TableModel)]
    /// # pub struct Job { #[column(primary_key)] pub id: i64, pub payload: String, pub done: bool }
    /// # #[derive(TableModel)]
    /// # pub struct Archive { #[column(primary_key)] pub id: i64, pub payload: Option<String> }
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let columns = (Archive::id, Archive::payload);
    /// let finished = Job::select().filter(Job::done).columns((Job::id, Job::payload));
    /// let copied: u64 = Archive::insert_select(columns, finished).exec(&db).await?;
    /// // Moves rows, as one statement: WITH … AS (DELETE … RETURNING …) INSERT … SELECT.
    /// let gone = Job::delete_where(Job::done.eq(true)).returning((Job::id, Job::payload));
    /// let moved: u64 = Archive::insert_select(columns, gone).exec(&db).await?;
    /// # Ok(()) }
    /// ```
    fn insert_select<T, C, R>(columns: C, rows: R) -> InsertSelect<Self>
    where
        C: TakesRows<Self, T>,
        R: RowSource<T>,
    {
        InsertSelect::new(Self::__meta(), &columns, rows)
    }

    /// Begins to upsert many rows by the key, `Customer::by_email` or [`primary_key()`](TableModel::primary_key): choose what
    /// happens to existing rows, then call `exec`.
    fn upsert_many<'r, I>(rows: I, key: impl ConflictKey<Self>) -> UpsertMany<'r, Self, Undecided>
    where
        I: IntoIterator<Item: Insertable<Model = Self>, IntoIter: Send + 'r>,
    {
        UpsertMany::new(Self::__meta(), rows, key.__key())
    }

    /// Begins to update many rows by key: each item is `Order::update(key)` with its setters, or a pair of a key and a
    /// patch.
    fn update_many<'r, I>(updates: I) -> ChangeMany<'r, Self>
    where
        I: IntoIterator<Item: RowUpdate<Model = Self>, IntoIter: Send + 'r>,
    {
        ChangeMany::updates(Self::__meta(), Rows::of(updates, |update: I::Item| update.__draft()))
    }

    /// Begins to delete the rows with these keys.
    fn delete_many<'r, I>(keys: I) -> ChangeMany<'r, Self>
    where
        Self: HasKey,
        I: IntoIterator<Item: Into<<Self as HasKey>::Key>, IntoIter: Send + 'r>,
    {
        ChangeMany::deletes(Self::__meta(), Rows::of(keys, |key: I::Item| update_by_key::<Self>(key.into())))
    }

    /// Begins to delete the rows for which the condition holds, or every row with [`all_rows()`](TableModel::all_rows).
    fn delete_where(rows: impl RowCondition<Self>) -> Delete<Self> {
        Delete::new(Self::TABLE, rows, Removed::Hidden)
    }

    /// Deletes the row with this key, and returns whether there was one.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database), for example if another table still references the row.
    fn delete<E: Executor + ?Sized>(
        on: &E,
        key: impl Into<<Self as HasKey>::Key>,
    ) -> impl Future<Output = Result<bool>> + Send
    where
        Self: HasKey,
    {
        let delete = Delete::<Self>::new(Self::TABLE, by_key::<Self>(key.into()), Removed::Hidden);
        async move { Ok(delete.exec(on).await? > 0) }
    }

    /// Returns the row with this key, if there is one.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database), [`Error::Decode`](crate::Error::Decode).
    fn find<E: Executor + ?Sized>(
        on: &E,
        key: impl Into<<Self as HasKey>::Key>,
    ) -> impl Future<Output = Result<Option<Self>>> + Send
    where
        Self: HasKey,
    {
        Select::<Self>::from_source().filter(by_key::<Self>(key.into())).fetch_unique(on)
    }

    /// Returns the row with this key, which must exist.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if no row has the key; otherwise as for [`TableModel::find`].
    fn get<E: Executor + ?Sized>(
        on: &E,
        key: impl Into<<Self as HasKey>::Key>,
    ) -> impl Future<Output = Result<Self>> + Send
    where
        Self: HasKey,
    {
        let found = Select::<Self>::from_source().filter(by_key::<Self>(key.into())).fetch_unique(on);
        async move { found.await?.ok_or(Error::NotFound { table: Self::TABLE.name }) }
    }

    /// Begins a query over all rows.
    fn select() -> Select<Self> {
        Select::from_source()
    }

    /// Begins the list of sort keys that a request may name: see [`Sortable`].
    fn sortable() -> Sortable<Self> {
        Sortable::new()
    }

    /// Begins the list of filters that a request may use: see [`Filterable`].
    fn filterable() -> Filterable<Self> {
        Filterable::new()
    }

    /// Returns the row whose columns at these positions have these values; called by the finders of unique keys.
    #[doc(hidden)]
    fn __find_unique<E: Executor + ?Sized, const N: usize>(
        on: &E,
        key: [(usize, Param); N],
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        let parts = key.into_iter().map(|(column, value)| (Self::TABLE.columns[column].name, value));
        Select::<Self>::from_source().filter(Condition::new(Filter::key(parts))).fetch_unique(on)
    }
}

/// A model of a table with a primary key, by which its rows are found and changed. `#[derive(TableModel)]` implements it, unless
/// the table is `#[table(keyless)]`: then `find`, `get`, `update`, `delete`, what they do for many rows, and many-to-many relations
/// do not compile.
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String }
/// let order = Order { id: 7, status: "pending".to_owned() };
/// assert_eq!(order.key(), 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no primary key",
    label = "this needs the primary key of `{Self}`",
    note = "rows of a `#[table(keyless)]` are chosen by conditions: `select().filter(…)`, `update_where(…)`, `delete_where(…)`"
)]
pub trait HasKey: TableModel {
    /// The primary key: a column's type, or a tuple of column types.
    type Key: Key;

    /// Returns the row's primary key.
    fn key(&self) -> Self::Key;
}

impl<M: TableModel> Source for M {
    type Row = M;

    fn __table() -> SourceTable {
        SourceTable::of(M::TABLE)
    }
}

impl<K, P> RowUpdate for (K, P)
where
    P: Patch<Model: HasKey>,
    K: Into<<P::Model as HasKey>::Key>,
{
    type Model = P::Model;

    fn __draft(self) -> WriteDraft<Update> {
        let RowValues(assignments) = self.1.__changes();
        WriteDraft { assignments, ..update_by_key::<P::Model>(self.0.into()) }
    }
}

fn update_by_key<M: HasKey>(key: M::Key) -> WriteDraft<Update> {
    WriteDraft::new(Update::by_key(key.__values()), M::__meta())
}

fn by_key<M: HasKey>(key: M::Key) -> Condition<M> {
    Condition::new(Filter::key(M::TABLE.primary_key.iter().copied().zip(key.__values().into_params())))
}

/// Sets the soft-delete column to this expression.
#[cfg(feature = "chrono")]
fn set_removed<K>(mut draft: WriteDraft<K>, expression: &'static str) -> WriteDraft<K> {
    if let Some(column) = draft.meta.table.columns.iter().position(|column| column.soft_delete) {
        draft.set(column, ColumnValue::Sql(expression));
    }
    draft
}
