//! Rows of a statement: decoded by a function into a list, or handed out one after another.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use deadpool_postgres::{Client, Object};
use futures_util::{Stream, TryStreamExt};
use tokio_postgres::{Row, RowStream};

use crate::error::Result;
use crate::exec::executor::{Road, Target};
use crate::exec::row::RowReader;
use crate::exec::statement::{Purpose, each_row, pool_get, stream_bare, stream_cached};
use crate::sql::writer::Sql;

/// All rows of `sql`, each as `decode` has it.
pub(crate) async fn fetch_with<T: Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
    mut decode: impl FnMut(&Row) -> Result<T> + Send,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    each_row(target, purpose, sql, &mut |row| {
        all.push(decode(&row)?);
        Ok(())
    })
    .await?;
    Ok(all)
}

/// A connection of the pool while rows are on their way through it. Dropped then, it is closed: in the pool, its next
/// user would wait for rows that nobody wants.
struct Lent(Option<Client>);

impl Lent {
    fn client(&self) -> &Client {
        self.0.as_ref().expect("taken when it is given back or dropped only")
    }

    /// Back to the pool: no row is left.
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

/// The rows of a query as they arrive: a [`Stream`], and [`Rows::try_next`] for loops without one.
///
/// What was read and not taken yet is what one read of the socket holds, whatever the number of rows: while nobody
/// takes rows, the connection stops reading, and PostgreSQL waits.
///
/// On a [`Db`](crate::Db), the stream holds a connection of the pool. After the last row it goes back; dropped before,
/// the connection is closed, so that nobody waits for rows that nobody wants, and the pool opens another one in its
/// place. On a transaction or a client, rows left over are read and thrown away before the next statement's answer:
/// there, take a limit rather than drop a long stream.
///
/// ```no_run
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64 }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let mut orders = Order::select().order_by(Order::id.asc()).stream(&db).await?;
/// while let Some(order) = orders.try_next().await? {
///     // one at a time
///     # drop(order);
/// }
/// # Ok(()) }
/// ```
#[must_use = "rows are read as they are taken"]
pub struct Rows<'e, T> {
    stream: Pin<Box<RowStream>>,
    /// The connection, where it is the stream's own.
    lent: Option<Lent>,
    decode: fn(&mut RowReader<'_>) -> Result<T>,
    purpose: Purpose,
    finished: bool,
    executor: PhantomData<&'e ()>,
}

impl<T> Rows<'_, T> {
    /// Runs `sql`; the rows are left where they are.
    pub(crate) async fn open(
        target: Target<'_>,
        purpose: Purpose,
        sql: Sql,
        decode: fn(&mut RowReader<'_>) -> Result<T>,
    ) -> Result<Self> {
        let (stream, lent) = match target.road {
            Road::Pool(pool) => {
                let lent = Lent(Some(pool_get(pool).await?));
                (stream_cached(lent.client(), &sql).await, Some(lent))
            }
            Road::Held(held) => (stream_cached(held.client()?, &sql).await, None),
            Road::Bare(client) => (stream_bare(client, &sql).await, None),
        };
        let stream = match stream {
            Ok(stream) => Box::pin(stream),
            Err(source) => {
                lent.into_iter().for_each(Lent::give_back);
                return Err(purpose.failed(source));
            }
        };
        Ok(Self { stream, lent, decode, purpose, finished: false, executor: PhantomData })
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) where the query or the connection fails half-way,
    /// [`Error::Decode`](crate::Error::Decode) for a row that does not fit; the rows after that one can still be had.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        TryStreamExt::try_next(self).await
    }
}

impl<T> Stream for Rows<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.finished {
            return Poll::Ready(None);
        }
        this.stream.as_mut().poll_next(cx).map(|row| match row {
            Some(Ok(row)) => Some((this.decode)(&mut RowReader::new(&row))),
            Some(Err(source)) => {
                this.finished = true;
                this.lent.take().into_iter().for_each(Lent::give_back);
                Some(Err(this.purpose.failed(source)))
            }
            None => {
                this.finished = true;
                this.lent.take().into_iter().for_each(Lent::give_back);
                None
            }
        })
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("purpose", &self.purpose).field("finished", &self.finished).finish_non_exhaustive()
    }
}
