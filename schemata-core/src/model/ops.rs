//! `TableModel`: a struct that stands for a table, and what can be done with every one of them.

use std::future::Future;

use crate::error::Result;
use crate::exec::executor::Executor;
use crate::exec::row::FromRow;
#[cfg(feature = "chrono")]
use crate::model::audit::{Actor, Audit};
use crate::model::change_many::ChangeMany;
use crate::model::delete::Delete;
use crate::model::draft::Draft;
use crate::model::group::Has;
use crate::model::insert_many::InsertMany;
use crate::model::judge::{Judge, Subject};
use crate::model::key::Key;
use crate::model::kind::{Insert, Update, UpdateWhere, WriteKind};
use crate::model::patch::{Insertable, NewRow, Patch, Row};
use crate::model::plan::Undecided;
use crate::model::row_update::{Item, RowUpdate, UpdateItem};
use crate::model::rows::{AllRows, Rows};
#[cfg(feature = "chrono")]
use crate::model::soft_delete::SoftDelete;
use crate::model::unique::{ConflictKey, UniqueKey};
use crate::model::upsert_many::UpsertMany;
use crate::model::write::Write;
use crate::param::Param;
use crate::query::{Condition, Select};
use crate::schema::Table;
use crate::sql::filter::Filter;
use crate::sql::guard::Removed;
use crate::sql::write::Cell;

/// A struct that stands for a table. Derived: `#[derive(TableModel)]`.
///
/// A field cannot be called like one of the provided methods: its handle, `Order::name`, would hide the method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table model",
    note = "write `#[derive(TableModel)]` on `{Self}`"
)]
pub trait TableModel: FromRow + Send + Sync + 'static {
    /// The primary key: a column's type, or a tuple of them.
    type Key: Key;
    /// What [`TableModel::insert`] returns.
    type Insert: Write<Model = Self, Kind = Insert>;
    /// What a write is once its required columns are set: what [`TableModel::update`] and
    /// [`TableModel::insert_from`] return.
    type Ready<K: WriteKind<Self>>: Write<Model = Self, Kind = K>;
    /// The table, as the struct declares it.
    const TABLE: &'static Table;
    /// The model's own rules: `#[table(validate = function)]`.
    const JUDGE: Option<Judge> = None;

    /// The row's primary key.
    fn key(&self) -> Self::Key;

    /// The table, as the struct declares it.
    fn table() -> &'static Table {
        Self::TABLE
    }

    /// What writes have to know.
    #[doc(hidden)]
    fn __subject() -> Subject {
        Subject { table: Self::TABLE, judge: Self::JUDGE }
    }

    /// The primary key, for `on_conflict`. The other keys are constants: `Customer::by_email`.
    fn primary_key() -> UniqueKey<Self> {
        UniqueKey::primary()
    }

    /// Every row, for an update or delete that means it.
    fn all_rows() -> AllRows<Self> {
        AllRows(std::marker::PhantomData)
    }

    /// Begins an insert: set the columns, then `exec`.
    fn insert() -> Self::Insert {
        Self::Insert::__wrap(Draft::new(Insert, Self::__subject()))
    }

    /// Begins an insert of a struct that was read from a request, or of whatever else is [`Insertable`].
    fn insert_from(row: impl Insertable<Model = Self>) -> Self::Ready<Insert> {
        let NewRow { row: Row(cells), actor } = row.__row();
        Self::Ready::__wrap(Draft { cells, actor, ..Draft::new(Insert, Self::__subject()) })
    }

    /// Begins an update of the row with this key: set the columns, then `exec`. Other columns stay as they are.
    fn update(key: impl Into<Self::Key>) -> Self::Ready<Update> {
        Self::Ready::__wrap(Draft::new(Update::of(key.into().params()), Self::__subject()))
    }

    /// Begins an update of the rows for which the condition holds; of every row with
    /// [`all_rows()`](TableModel::all_rows).
    fn update_where(rows: impl Rows<Self>) -> Self::Ready<UpdateWhere> {
        Self::Ready::__wrap(Draft::new(UpdateWhere::of(rows), Self::__subject()))
    }

    /// Begins an update that changes nothing but the audit columns (and the version) of the row with this key.
    #[cfg(feature = "chrono")]
    fn touch<A: Actor>(key: impl Into<Self::Key>) -> Self::Ready<Update>
    where
        Self: Has<Audit<A>>,
    {
        let kind = Update { touch: true, ..Update::of(key.into().params()) };
        Self::Ready::__wrap(Draft::new(kind, Self::__subject()))
    }

    /// Begins to mark the row with this key as removed. `exec` yields it, or `None` where no live row has the key.
    #[cfg(feature = "chrono")]
    fn remove(key: impl Into<Self::Key>) -> Self::Ready<Update>
    where
        Self: Has<SoftDelete>,
    {
        Self::Ready::__wrap(mark(Draft::new(Update::of(key.into().params()), Self::__subject()), "now()"))
    }

    /// Begins to mark the live rows for which the condition holds as removed.
    #[cfg(feature = "chrono")]
    fn remove_where(rows: impl Rows<Self>) -> Self::Ready<UpdateWhere>
    where
        Self: Has<SoftDelete>,
    {
        Self::Ready::__wrap(mark(Draft::new(UpdateWhere::of(rows), Self::__subject()), "now()"))
    }

    /// Begins to bring the removed row with this key back. `exec` yields it, or `None` where no removed row has the key.
    #[cfg(feature = "chrono")]
    fn restore(key: impl Into<Self::Key>) -> Self::Ready<Update>
    where
        Self: Has<SoftDelete>,
    {
        let kind = Update { removed: Removed::Only, ..Update::of(key.into().params()) };
        Self::Ready::__wrap(mark(Draft::new(kind, Self::__subject()), "NULL"))
    }

    /// Begins to bring back the removed rows for which the condition holds. Live rows are not touched.
    #[cfg(feature = "chrono")]
    fn restore_where(rows: impl Rows<Self>) -> Self::Ready<UpdateWhere>
    where
        Self: Has<SoftDelete>,
    {
        let kind = UpdateWhere { removed: Removed::Only, ..UpdateWhere::of(rows) };
        Self::Ready::__wrap(mark(Draft::new(kind, Self::__subject()), "NULL"))
    }

    /// Deletes the removed row with this key for good; whether there was one. A live row stays.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    #[cfg(feature = "chrono")]
    fn purge<E: Executor + ?Sized>(on: &E, key: impl Into<Self::Key>) -> impl Future<Output = Result<bool>> + Send
    where
        Self: Has<SoftDelete>,
    {
        let delete = Delete::<Self>::of(Self::TABLE, by_key::<Self>(key.into()), Removed::Only);
        async move { Ok(delete.exec(on).await? > 0) }
    }

    /// Begins to delete the removed rows for which the condition holds for good. Live rows stay.
    #[cfg(feature = "chrono")]
    fn purge_where(rows: impl Rows<Self>) -> Delete<Self>
    where
        Self: Has<SoftDelete>,
    {
        Delete::of(Self::TABLE, rows, Removed::Only)
    }

    /// Begins to insert many rows: structs that derive `Insertable`, or `Order::insert()` with all required columns.
    fn insert_many<I>(rows: I) -> InsertMany<Self>
    where
        I: IntoIterator<Item: Insertable<Model = Self>>,
    {
        InsertMany::of(Self::__subject(), rows)
    }

    /// Begins to upsert many rows by the key, `Customer::by_email` or [`primary_key()`](TableModel::primary_key): say what
    /// to do with existing rows, then call `exec`.
    fn upsert_many<I>(rows: I, key: impl ConflictKey<Self>) -> UpsertMany<Self, Undecided>
    where
        I: IntoIterator<Item: Insertable<Model = Self>>,
    {
        UpsertMany::of(Self::__subject(), rows, key.__key())
    }

    /// Begins to update many rows by key: each `Order::update(key)` with its setters, or a pair of key and patch.
    fn update_many<I>(updates: I) -> ChangeMany<Self>
    where
        I: IntoIterator<Item: RowUpdate<Model = Self>>,
    {
        ChangeMany::updates(Self::__subject(), updates.into_iter().map(|update| update.__item().0).collect())
    }

    /// Begins to delete the rows with these keys.
    fn delete_many<I>(keys: I) -> ChangeMany<Self>
    where
        I: IntoIterator<Item: Into<Self::Key>>,
    {
        let item = |key: I::Item| Item { kind: Update::of(key.into().params()), cells: Vec::new(), actor: None };
        ChangeMany::deletes(Self::__subject(), keys.into_iter().map(item).collect())
    }

    /// Begins to delete the rows for which the condition holds; every row with [`all_rows()`](TableModel::all_rows).
    fn delete_where(rows: impl Rows<Self>) -> Delete<Self> {
        Delete::of(Self::TABLE, rows, Removed::Hidden)
    }

    /// Deletes the row with this key; whether there was one.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database), for example where another table still references the row.
    fn delete<E: Executor + ?Sized>(on: &E, key: impl Into<Self::Key>) -> impl Future<Output = Result<bool>> + Send {
        let delete = Delete::<Self>::of(Self::TABLE, by_key::<Self>(key.into()), Removed::Hidden);
        async move { Ok(delete.exec(on).await? > 0) }
    }

    /// The row with this key, if there is one.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database), [`Error::Decode`](crate::Error::Decode).
    fn find<E: Executor + ?Sized>(
        on: &E,
        key: impl Into<Self::Key>,
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        Select::from(Self::TABLE).filter(by_key::<Self>(key.into())).fetch_optional(on)
    }

    /// The row with this key, which must exist.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when no row has the key; else as [`TableModel::find`].
    fn get<E: Executor + ?Sized>(on: &E, key: impl Into<Self::Key>) -> impl Future<Output = Result<Self>> + Send {
        Select::from(Self::TABLE).filter(by_key::<Self>(key.into())).fetch_one(on)
    }

    /// Begins a query over all rows.
    fn select() -> Select<Self> {
        Select::from(Self::TABLE)
    }

    /// The row whose columns at these positions hold these values; called by the finders of unique keys.
    #[doc(hidden)]
    fn __find_unique<E: Executor + ?Sized, const N: usize>(
        on: &E,
        key: [(usize, Param); N],
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        let parts = key.into_iter().map(|(column, value)| Filter::equals(Self::TABLE.columns[column].name, value));
        Select::from(Self::TABLE).filter(Condition::new(Filter::all(parts))).fetch_optional(on)
    }
}

impl<K, P> RowUpdate for (K, P)
where
    P: Patch<Model: TableModel>,
    K: Into<<P::Model as TableModel>::Key>,
{
    type Model = P::Model;

    fn __item(self) -> UpdateItem {
        let Row(cells) = self.1.__changes();
        UpdateItem(Item { kind: Update::of(self.0.into().params()), cells, actor: None })
    }
}

fn by_key<M: TableModel>(key: M::Key) -> Condition<M> {
    let parts = M::TABLE.primary_key.iter().zip(key.params());
    Condition::new(Filter::all(parts.map(|(column, value)| Filter::equals(column, value))))
}

/// Sets the soft-delete column.
#[cfg(feature = "chrono")]
fn mark<K>(mut draft: Draft<K>, expression: &'static str) -> Draft<K> {
    if let Some(column) = draft.of.table.columns.iter().position(|column| column.soft_delete) {
        draft.put(column, Cell::Sql(expression));
    }
    draft
}
