//! Writes in WITH, and the query that reads the rows they return, as one statement.

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::row::{Decode, RowReader};
use crate::exec::statement::{Purpose, fetch_with};
use crate::model::write::row_source::WrittenRows;
use crate::model::write::statement::{Statement, WriteContext, written};
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{DerivedTable, RowOf, Select, Standalone, With};
use crate::sql::scope::Scope;
use crate::sql::tree::{CteBody, Query};
use crate::sql::writer::Sql;

/// Writes and queries with names, begun by [`with_write`] or by [`With::with_write`].
#[must_use = "a write does nothing until a query reads it and is fetched"]
pub struct WithWrites {
    with: With,
    /// Each write, with the position of its name.
    writes: Vec<(usize, Box<dyn Statement>)>,
}

opaque_debug!([][WithWrites], this { with: this.with });

/// Names the rows that a write returns, so that a query can read them: `WITH moved AS (UPDATE … RETURNING …) SELECT … FROM moved
/// JOIN …`. The struct `D` names the returned columns ([`DerivedTable`]).
///
/// The writes are inserts and upserts of one row, `insert_select`, `update_where`, `remove_where` and `delete_where`, joined or
/// not. Everything that holds for them alone holds here: validation, audit columns, versions, removed rows, the schema and the
/// actor of the executor. Where a single upsert fails for a removed row, it must say here what happens to it
/// ([`Error::Invalid`], by the rule `removed`). A row that a trigger skips is missing from the rows that the query reads; a
/// single insert would fail with [`Error::Skipped`].
///
/// ```
/// # use schemata::{prelude::*, model::with_write};
/// # #[derive(TableModel)]
/// # pub struct Customer { #[column(primary_key)] pub id: i64, pub email: String }
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub status: String }
/// #[derive(Projection)]
/// #[projection(source)]
/// struct Shipped {
///     id: i64,
///     customer_id: i64,
/// }
///
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let ship = Order::update_where(Order::status.eq("packed")).status("shipped").returning((Order::id, Order::customer_id));
/// let to_notify: Vec<(i64, String)> = with_write::<Shipped>(ship)
///     .read(
///         Shipped::select()
///             .join_on::<Customer>(Customer::id.eq(Shipped::customer_id))
///             .columns((Shipped::id, Customer::email)),
///     )
///     .fetch(&db)
///     .await?;
/// # drop(to_notify); Ok(()) }
/// ```
///
/// All parts see the tables as they were before the statement (manual 7.8.4): the query sees the new values by the names of the
/// writes only. PostgreSQL runs each write once and to its end, whether the query reads its rows or not, in no certain order. If
/// two of them change the same row, only one change happens, and nothing says which.
pub fn with_write<D: DerivedTable>(write: impl WrittenRows<Row: RowOf<D>>) -> WithWrites {
    With::default().with_write::<D>(write)
}

impl With {
    /// Adds the rows that a write returns: see [`with_write`]. The write can read the expressions before it.
    ///
    /// ```
    /// # use schemata::{prelude::*, query::with};
    /// # #[derive(TableModel)]
    /// # pub struct Job { #[column(primary_key)] pub id: i64, pub state: String }
    /// #[derive(Projection)]
    /// #[projection(source)]
    /// struct Next {
    ///     id: i64,
    /// }
    ///
    /// #[derive(Projection)]
    /// #[projection(source)]
    /// struct Taken {
    ///     id: i64,
    ///     state: String,
    /// }
    ///
    /// # async fn f(db: Db) -> schemata::Result<()> {
    /// let next = Job::select().filter(Job::state.eq("new")).limit(10).skip_locked().columns(Job::id);
    /// let take = Job::update_where(Job::all_rows())
    ///     .state("running")
    ///     .join_on::<Next>(Next::id.eq(Job::id))
    ///     .returning((Job::id, Job::state));
    /// let taken: Vec<Taken> = with::<Next>(next).with_write::<Taken>(take).read(Taken::select()).fetch(&db).await?;
    /// # drop(taken); Ok(()) }
    /// ```
    pub fn with_write<D: DerivedTable>(self, write: impl WrittenRows<Row: RowOf<D>>) -> WithWrites {
        WithWrites { with: self, writes: Vec::new() }.with_write::<D>(write)
    }
}

impl WithWrites {
    /// Adds the rows that a further write returns. It can read what stands before it.
    pub fn with_write<D: DerivedTable>(mut self, write: impl WrittenRows<Row: RowOf<D>>) -> Self {
        self.writes.push((self.with.ctes.len(), write.__statement().0));
        self.with = self.with.with_body::<D>(CteBody::Write(Vec::new()));
        self
    }

    /// Adds the rows of a query. It can read what stands before it.
    pub fn with<D: DerivedTable>(mut self, select: Select<impl Standalone, impl RowOf<D>>) -> Self {
        self.with = self.with.with::<D>(select);
        self
    }

    /// Returns the statement that runs the writes and then this query, which reads their rows by name.
    pub fn read<S: Standalone, T>(self, select: Select<S, T>) -> ReadOfWrites<T> {
        let Select { query, decode, .. } = self.with.read(select);
        ReadOfWrites { query: *query, decode, writes: self.writes }
    }
}

/// A query that reads the rows of writes in its WITH.
#[must_use = "a write does nothing until it runs: call `fetch`"]
pub struct ReadOfWrites<T> {
    query: Query,
    decode: Decode<T>,
    writes: Vec<(usize, Box<dyn Statement>)>,
}

opaque_debug!([T] [ReadOfWrites<T>], this { table: this.query.from.table.name });

impl<T: Send> ReadOfWrites<T> {
    /// Runs the writes and returns the rows of the query.
    ///
    /// # Errors
    /// Those of each write, and those of the query. [`Error::Database`] names the write added last.
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<T>> {
        let Self { query, decode, writes } = self;
        let table = query.from.table.name;
        let purpose = writes.last().map_or(Purpose { operation: "write", table }, |(_, write)| write.purpose());
        let sql = statement(query, writes, &WriteContext::of(on))?;
        fetch_with(on.target(), purpose, &sql, |row| decode.read(&mut RowReader::new(row))).await
    }

    /// Runs the writes, to their end, and returns the first row of the query.
    ///
    /// # Errors
    /// As for [`fetch`](Self::fetch).
    pub async fn fetch_optional<E: Executor + ?Sized>(mut self, on: &E) -> Result<Option<T>> {
        self.query.limit = Some(1);
        Ok(self.fetch(on).await?.pop())
    }

    /// Runs the writes, to their end, and returns the first row of the query, which must exist. If it does not, the writes have run
    /// nevertheless: in a transaction, the error can roll them back.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the query finds no row; otherwise as for [`fetch`](Self::fetch).
    pub async fn fetch_one<E: Executor + ?Sized>(self, on: &E) -> Result<T> {
        let table = self.query.from.table.name;
        self.fetch_optional(on).await?.ok_or(Error::NotFound { table })
    }
}

/// Returns the text of a query with writes, which are written first: only then are their placeholders known.
fn statement(mut query: Query, writes: Vec<(usize, Box<dyn Statement>)>, context: &WriteContext<'_>) -> Result<Sql> {
    let scope = Scope::query(context.schema, &query);
    let (mut sql, mut number) = (Sql::default(), 1);
    for (at, write) in writes {
        sql.ctes = scope.ctes().take(at).collect();
        let written = written(write, &mut sql, context, &mut number)?;
        if let Some(cte) = query.with.get_mut(at) {
            cte.body = CteBody::Write(written);
        }
    }
    query.write(&mut sql, &scope);
    Ok(sql)
}
