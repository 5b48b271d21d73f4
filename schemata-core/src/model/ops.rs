//! `TableModel`: a struct that stands for a table, and what can be done with every one of them.

use std::future::Future;

use crate::error::{Error, Result};
use crate::exec::executor::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, execute, fetch_optional};
use crate::model::key::Key;
use crate::model::write::{Draft, Write, WriteKind};
use crate::param::Param;
use crate::query::{Condition, Select};
use crate::schema::Table;
use crate::sql::dml;
use crate::sql::filter::Filter;

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
    /// What [`TableModel::update`] returns.
    type Update: Write<Model = Self, Kind = Update>;
    /// The table, as the struct declares it.
    const TABLE: &'static Table;

    /// The row's primary key.
    fn key(&self) -> Self::Key;

    /// The table, as the struct declares it.
    fn table() -> &'static Table {
        Self::TABLE
    }

    /// Begins an insert: set the columns, then `exec`.
    fn insert() -> Self::Insert {
        Self::Insert::__wrap(Draft::new(Insert))
    }

    /// Begins an update of the row with this key: set the columns, then `exec`. Other columns stay as they are.
    fn update(key: impl Into<Self::Key>) -> Self::Update {
        Self::Update::__wrap(Draft::new(Update { filter: key_filter::<Self>(key.into()) }))
    }

    /// Deletes the row with this key; whether there was one.
    ///
    /// # Errors
    /// [`Error::Database`], for example where another table still references the row.
    fn delete<E: Executor + ?Sized>(on: &E, key: impl Into<Self::Key>) -> impl Future<Output = Result<bool>> + Send {
        let filter = key_filter::<Self>(key.into());
        async move {
            let target = on.target();
            let sql = dml::delete(target.schema, Self::TABLE, filter);
            Ok(execute(target, Purpose { operation: "delete", table: Self::TABLE.name }, &sql).await? > 0)
        }
    }

    /// The row with this key, if there is one.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Decode`].
    fn find<E: Executor + ?Sized>(
        on: &E,
        key: impl Into<Self::Key>,
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        Select::from(Self::TABLE).filter(Condition::new(key_filter::<Self>(key.into()))).fetch_optional(on)
    }

    /// The row with this key, which must exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no row has the key; else as [`TableModel::find`].
    fn get<E: Executor + ?Sized>(on: &E, key: impl Into<Self::Key>) -> impl Future<Output = Result<Self>> + Send {
        Select::from(Self::TABLE).filter(Condition::new(key_filter::<Self>(key.into()))).fetch_one(on)
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
        Select::from(Self::TABLE).filter(Condition::new(Filter::And(parts.collect()))).fetch_optional(on)
    }
}

fn key_filter<M: TableModel>(key: M::Key) -> Filter {
    let parts = M::TABLE.primary_key.iter().zip(key.params());
    Filter::And(parts.map(|(column, value)| Filter::equals(column, value)).collect())
}

/// Inserting one row.
#[derive(Debug)]
pub struct Insert;

impl<M: TableModel> WriteKind<M> for Insert {
    type Output = M;

    async fn run<E: Executor + ?Sized>(draft: Draft<Self>, on: &E) -> Result<M> {
        let target = on.target();
        let sql = dml::insert(target.schema, M::TABLE, draft.values);
        let table = M::TABLE.name;
        fetch_optional(target, Purpose { operation: "insert", table }, &sql).await?.ok_or(Error::NotFound { table })
    }
}

/// Updating the row with one key.
pub struct Update {
    filter: Filter,
}

impl std::fmt::Debug for Update {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Update").finish_non_exhaustive()
    }
}

impl<M: TableModel> WriteKind<M> for Update {
    type Output = Option<M>;

    async fn run<E: Executor + ?Sized>(draft: Draft<Self>, on: &E) -> Result<Option<M>> {
        let (target, table) = (on.target(), M::TABLE.name);
        if draft.values.is_empty() {
            return Err(Error::NothingToSet { table });
        }
        let sql = dml::update(target.schema, M::TABLE, draft.values, draft.kind.filter);
        fetch_optional(target, Purpose { operation: "update", table }, &sql).await
    }
}
