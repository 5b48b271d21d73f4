//! `insert_many`: many new rows.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::exec::statement::Purpose;
use crate::ident::Ident;
use crate::model::audit_actor::{actor_for, actor_without_executor, set_actor};
use crate::model::batch::arrays::column_arrays;
use crate::model::batch::engine::{Batch, StatementMaker};
use crate::model::batch::returned_rows::{by_primary_key, omitted_key_columns};
use crate::model::batch::row_group::{BatchRow, RowGroup, RowTraits, group_rows};
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
use crate::model::request::row::{Insertable, NewRow};
use crate::model::validate::row_validation::{try_inserts, validate_rows};
use crate::model::validate::validator::ModelMeta;
use crate::model::write::returning::{Many, Returning, Returns, column_names};
use crate::param::Param;
use crate::query::ColumnList;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{IntoValue, Role, Table};
use crate::sql::bulk::insert::{BulkInsert, BulkReturning};
use crate::sql::declared_type::DeclaredType;
use crate::sql::write::Assignments;
use crate::sql::writer::Sql;

/// Many new rows. All of them are inserted, or none.
///
/// Each row may set other columns; those it leaves out take their defaults. 5,000 rows or more of the same columns are
/// sent by COPY if the batch has a transaction of its own and COPY into the table does what an INSERT does.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct InsertMany<M> {
    pub(crate) meta: ModelMeta,
    pub(crate) rows: Vec<NewRow>,
    pub(crate) actor: Option<Param>,
    marker: PhantomData<fn() -> M>,
}

impl<M> InsertMany<M> {
    pub(crate) fn new<I>(meta: ModelMeta, rows: I) -> Self
    where
        I: IntoIterator<Item: Insertable<Model = M>>,
    {
        let rows = rows.into_iter().map(Insertable::__row).collect();
        Self { meta, rows, actor: None, marker: PhantomData }
    }

    /// Names the actor, overriding that of the executor and of the scope. A row that names its own actor keeps it.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.actor = Some(Param::new(actor.into_value()));
        self
    }

    /// Validates the rows by all rules that need no database, and returns the insert; see
    /// [`Write::validate`](crate::model::Write::validate).
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every row that breaks a rule.
    pub fn validate(mut self) -> Result<Self> {
        let actor = actor_without_executor(self.actor.as_ref());
        let rows = self.rows.iter_mut().map(|row| (&mut row.values.0, row.actor.as_ref().or(actor.as_ref())));
        try_inserts(self.meta, rows)?;
        Ok(self)
    }

    /// Inserts the rows and returns their number. Without rows, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every row that breaks a rule;
    /// [`Error::Database`](crate::Error::Database).
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        self.batch(None, on)?.execute(on.target()).await
    }

    fn batch<'a, E: Executor + ?Sized>(self, returning: Option<&'a [&'static str]>, on: &E) -> Result<Batch<'a>> {
        let table = self.meta.table;
        let row = |(position, assignments)| BatchRow { position, assignments, traits: RowTraits::default() };
        Ok(Batch {
            table,
            purpose: Purpose { operation: "insert", table: table.name },
            groups: group_rows(self.validated(on)?.into_iter().enumerate().map(row)),
            locks: Vec::new(),
            statements: Box::new(InsertStatements { table, returning }),
            returning,
        })
    }

    /// Returns each row with its actor, validated.
    pub(crate) fn validated<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<Assignments>> {
        let (table, actor) = (self.meta.table, actor_for(self.actor, on));
        let with_actor = |row: NewRow| {
            let mut assignments = row.values.0;
            set_actor(&mut assignments, table, Role::CreatedBy, row.actor.as_ref().or(actor.as_ref()));
            assignments
        };
        let rows: Vec<Assignments> = self.rows.into_iter().map(with_actor).collect();
        validate_rows(self.meta, &rows, true)?;
        Ok(rows)
    }
}

impl<M: FromRow + Send + 'static> InsertMany<M> {
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

impl<M: FromRow + Send + 'static> Returns for InsertMany<M> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        self.batch(Some(columns), on)?.fetch(on.target()).await
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
    fn typed_columns(&self, group: &RowGroup) -> Vec<usize> {
        group.columns.iter().copied().chain(self.omitted_key_columns(group)).collect()
    }

    fn may_copy(&self) -> bool {
        true
    }

    fn statement(&self, schema: &Ident, chunk: &RowGroup, types: &[DeclaredType]) -> Result<Sql> {
        let (table, columns) = (self.table, &chunk.columns);
        let (types, omitted_types) = types.split_at(columns.len());
        let returning = self.returning.map(|names| {
            let omitted = self.omitted_key_columns(chunk);
            let (computed, matching) = by_primary_key(table, columns, &omitted, omitted_types);
            BulkReturning { columns: names, computed, matching }
        });
        let insert = BulkInsert { schema, table, columns, conflict: None, returning };
        Ok(insert.write(column_arrays(table, columns, types, chunk.values.clone())?))
    }
}

opaque_debug!([M] [InsertMany<M>], this { table: this.meta.table.name, rows: this.rows.len() });
