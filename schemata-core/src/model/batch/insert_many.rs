//! `insert_many`: many new rows.

use std::marker::PhantomData;
use std::task::{Context, Poll};

use futures_util::Stream;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::Purpose;
use crate::ident::Ident;
use crate::model::audit_actor::{actor_for, actor_without_executor, set_column};
use crate::model::batch::engine::{Batch, StatementMaker};
use crate::model::batch::read_rows::ReadRows;
use crate::model::batch::returned_rows::{by_primary_key, omitted_key_columns};
use crate::model::batch::row_feed::{RowFeed, Rows};
use crate::model::batch::row_group::{BatchRow, RowGroup};
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
use crate::model::request::row::Insertable;
use crate::model::validate::row_validation::try_inserts;
use crate::model::validate::validator::ModelMeta;
use crate::model::write::returning::{Many, Returning, Returns, column_names};
use crate::param::Param;
use crate::query::ColumnList;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{IntoValue, Role, Table};
use crate::sql::bulk::insert::{BulkInsert, BulkReturning};
use crate::sql::bulk::unnest::ColumnArrays;
use crate::sql::declared_type::DeclaredType;
use crate::sql::write::ColumnValue;
use crate::sql::writer::Sql;

/// Many new rows. All of them are inserted, or none.
///
/// Each row may set other columns; those it leaves out take their defaults. Rows are read, encoded and validated while earlier
/// ones are sent, so that a batch of any size takes little memory. 5,000 rows or more of the same columns are
/// sent by COPY if the batch has a transaction of its own and COPY into the table does what an INSERT does.
///
/// After a deadlock or a stale statement outside a caller's transaction, the batch is run once more, unless rows had to be
/// forgotten: 4 MiB of encoded rows are kept for that.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct InsertMany<'r, M, S = Iterated> {
    pub(crate) meta: ModelMeta,
    pub(crate) rows: Rows<'r, BatchRow>,
    pub(crate) actor: Option<Param>,
    marker: PhantomData<fn() -> (M, S)>,
}

/// Marks a batch whose rows come from an iterator.
#[derive(Debug)]
pub enum Iterated {}

/// Marks a batch whose rows come from an asynchronous stream. They are validated when they are sent, not by a call before that.
#[derive(Debug)]
pub enum Streamed {}

impl<'r, M> InsertMany<'r, M> {
    pub(crate) fn new<I>(meta: ModelMeta, rows: I) -> Self
    where
        I: IntoIterator<Item: Insertable<Model = M>, IntoIter: Send + 'r>,
    {
        Self { meta, rows: Rows::of(rows, |row: I::Item| row.__row().into()), actor: None, marker: PhantomData }
    }

    /// Validates the rows by all rules that need no database, and returns the insert; see
    /// [`Write::validate`](crate::model::Write::validate).
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every row that breaks a rule.
    pub fn validate(mut self) -> Result<Self> {
        let actor = actor_without_executor(self.actor.as_ref());
        let rows = self.rows.read().iter_mut().map(|row| (&mut row.assignments, row.actor.as_ref().or(actor.as_ref())));
        try_inserts(self.meta, rows)?;
        Ok(self)
    }
}

impl<'r, M> InsertMany<'r, M, Streamed> {
    pub(crate) fn streamed<F, R>(meta: ModelMeta, rows: F) -> Self
    where
        F: Stream<Item = Result<R>> + Send + 'r,
        R: Insertable<Model = M>,
    {
        let rows = Rows::streamed(rows, |row: Result<R>| row.map(|row| row.__row().into()));
        Self { meta, rows, actor: None, marker: PhantomData }
    }
}

impl<'r, M, S> InsertMany<'r, M, S> {
    /// Names the actor, overriding that of the executor and of the scope. A row that names its own actor keeps it.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.actor = Some(Param::new(actor.into_value()));
        self
    }

    /// Inserts the rows and returns their number. Without rows, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every row that breaks a rule, among the rows up to the 10,000th after
    /// the first of them; [`Error::Database`](crate::Error::Database).
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        self.batch(None, on).execute(on.target()).await
    }

    fn batch<'a, E: Executor + ?Sized>(self, returning: Option<&'a [&'static str]>, on: &E) -> Batch<'a>
    where
        'r: 'a,
    {
        let (meta, table) = (self.meta, self.meta.table);
        Batch {
            table,
            purpose: Purpose { operation: "insert", table: table.name },
            statements: Box::new(InsertStatements { table, returning }),
            returning,
            rows: ReadRows::new(meta, true),
            feed: self.feed(on),
            locks: Vec::new(),
        }
    }

    /// Returns the rows, each with its actor.
    pub(crate) fn feed<E: Executor + ?Sized>(self, on: &E) -> Box<dyn RowFeed<BatchRow> + 'r> {
        let (rows, columns) = (self.rows.into_feed(), self.meta.table.columns);
        match columns.iter().position(|column| column.role == Role::CreatedBy) {
            Some(created_by) => Box::new(ActedRows { rows, created_by, actor: actor_for(self.actor, on) }),
            None => rows,
        }
    }
}

/// New rows of a table with a column that names the actor.
struct ActedRows<'r> {
    rows: Box<dyn RowFeed<BatchRow> + 'r>,
    created_by: usize,
    /// The actor of rows that name none.
    actor: Option<Param>,
}

impl RowFeed<BatchRow> for ActedRows<'_> {
    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<BatchRow>>> {
        self.rows.poll_row(context).map_ok(|row| {
            row.map(|mut row| {
                if let Some(actor) = row.actor.take().or_else(|| self.actor.clone()) {
                    set_column(&mut row.assignments, self.created_by, ColumnValue::Bound(actor.into()));
                    row.given = row.assignments.len();
                }
                row
            })
        })
    }

    fn at_least(&self) -> usize {
        self.rows.at_least()
    }
}

impl<M: FromRow + Send + 'static, S: 'static> InsertMany<'_, M, S> {
    /// Inserts the rows and returns them as stored, in their order.
    ///
    /// The rows are matched by their primary key, as the column stores it. If a trigger writes other keys, or a sequence
    /// does not ascend, nothing is inserted.
    ///
    /// # Errors
    /// As for [`InsertMany::exec`]; [`Error::Unmatched`](crate::Error::Unmatched) if the rows cannot be matched.
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let columns = column_names(self.meta.table);
        self.__run(&columns, on).await
    }

    /// Returns these columns, in the order of the rows.
    pub fn returning<C: ColumnList<M>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static, S: 'static> Returns for InsertMany<'_, M, S> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        self.batch(Some(columns), on).fetch(on.target()).await
    }
}

/// Makes INSERTs from arrays.
struct InsertStatements<'a> {
    table: &'static Table,
    returning: Option<&'a [&'static str]>,
}

impl InsertStatements<'_> {
    /// The columns of the primary key that returned rows are matched by, although the rows of the batch do not set them.
    fn omitted_key_columns(&self, group: &RowGroup) -> Vec<usize> {
        self.returning.map(|_| omitted_key_columns(self.table, &group.columns)).unwrap_or_default()
    }
}

impl StatementMaker for InsertStatements<'_> {
    fn further_columns(&self, group: &RowGroup) -> Vec<usize> {
        self.omitted_key_columns(group)
    }

    fn may_copy(&self) -> bool {
        true
    }

    fn statement(
        &self,
        schema: &Ident,
        group: &RowGroup,
        values: Vec<ColumnArrays>,
        types: &[DeclaredType],
    ) -> Result<Sql> {
        let (table, columns) = (self.table, &group.columns);
        let returning = self.returning.map(|names| {
            let (computed, matching) = by_primary_key(table, columns, &self.omitted_key_columns(group), types);
            BulkReturning { columns: names, computed, matching }
        });
        Ok(BulkInsert { schema, table, columns, conflict: None, returning }.write(values))
    }
}

opaque_debug!(['r, M, S] [InsertMany<'r, M, S>], this { table: this.meta.table.name, rows: this.rows.at_least() });
