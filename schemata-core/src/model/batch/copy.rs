//! COPY of a group of rows: faster than INSERT for many rows, where both do the same.

use std::task::{Context, Poll, Waker};

use bytes::BytesMut;

use crate::error::Result;
use crate::exec::statement::copy::{CopyRows, copy_in, lasting_types};
use crate::exec::statement::{Purpose, fetch_optional};
use crate::exec::target::Target;
use crate::model::batch::read_rows::{Amount, ReadRows, Stop};
use crate::model::batch::row_feed::RowFeed;
use crate::model::batch::row_group::{BatchRow, Cursor, MAX_ROWS};
use crate::schema::Table;
use crate::sql::bulk::copy::{copy, is_like_insert};
use crate::sql::bulk::unnest::describe_columns;

/// The number of rows of the same columns from which on COPY is used where it can be: it takes a quarter less time for
/// 5,000 rows and a third less for 10,000 (the example `bench_writes` of the test bench). It breaks even between 1,000
/// and 2,000; the rest is a margin for networks on which its four round trips cost more. Such a batch is too large for
/// one statement, so it has its own transaction.
pub(crate) const COPY_FROM: usize = 5_000;

/// The size of the pieces in which rows are sent.
const PIECE: usize = 32 * 1024;

/// The most that is kept of rows that were sent, for a repetition of the batch.
pub(crate) const KEPT: usize = 4 * 1024 * 1024;

/// Whether COPY into the columns of a group does what an INSERT does; `None` if the server was not asked yet. The answer holds
/// for the transaction in which it was given.
pub(crate) type IsLikeInsert = Option<bool>;

/// Asks whether COPY does what an INSERT of this group does, and encodes the values for types that do not change before the
/// transaction ends.
pub(crate) async fn prepare_copy(
    target: Target<'_>,
    purpose: Purpose,
    table: &'static Table,
    rows: &mut ReadRows,
    group: usize,
) -> Result<bool> {
    let (schema, columns) = (target.schema, rows.groups[group].columns.clone());
    // First, because it keeps the table from being changed before the rows are in.
    let types = lasting_types(target, purpose, &describe_columns(schema, table, &columns)).await?;
    rows.change_types(group, types)?;
    let answer: Option<(bool,)> = fetch_optional(target, purpose, &is_like_insert(schema, table, &columns)).await?;
    Ok(answer == Some((true,)))
}

/// Inserts the rows of a group by COPY, and goes on with those that `feed` has for it. Returns the number of rows.
pub(crate) async fn copy_group(
    target: Target<'_>,
    purpose: Purpose,
    table: &'static Table,
    rows: &mut ReadRows,
    feed: &mut dyn RowFeed<BatchRow>,
    group: usize,
) -> Result<u64> {
    let sql = copy(target.schema, table, &rows.groups[group].columns);
    let mut cursor = Cursor::default();
    rows.groups[group].skip_rows(&mut cursor, rows.groups[group].written);
    copy_in(target, purpose, &sql, &mut GroupRows { rows, feed, group, cursor, sent: 0, is_last: false }).await
}

/// The rows of one COPY.
struct GroupRows<'b> {
    rows: &'b mut ReadRows,
    feed: &'b mut dyn RowFeed<BatchRow>,
    group: usize,
    cursor: Cursor,
    sent: usize,
    /// Whether the rows that were read are the last ones of this COPY.
    is_last: bool,
}

impl CopyRows for GroupRows<'_> {
    fn append(&mut self, out: &mut BytesMut) -> Result<bool> {
        out.reserve(PIECE + PIECE / 8);
        loop {
            let group = &mut self.rows.groups[self.group];
            while group.unwritten() > 0 && self.sent < MAX_ROWS {
                if out.len() >= PIECE {
                    return Ok(true);
                }
                group.append_row(&mut self.cursor, out);
                group.written += 1;
                self.sent += 1;
            }
            if self.sent >= MAX_ROWS || self.is_last || self.rows.is_complete {
                return Ok(false);
            }
            self.read()?;
        }
    }
}

impl GroupRows<'_> {
    /// Reads some more rows. If the next one is of another kind or not there yet, this COPY ends: none is open while a batch
    /// waits for rows.
    fn read(&mut self) -> Result<()> {
        if self.rows.bytes() > KEPT && self.rows.groups.iter().all(|group| group.unwritten() == 0) {
            self.rows.forget();
            self.cursor = Cursor::default();
        }
        let amount = Amount { rows: 128, bytes: PIECE, group: Some(self.group) };
        match self.rows.poll(self.feed, amount, &mut Context::from_waker(Waker::noop())) {
            Poll::Ready(stop) => self.is_last = stop? != Stop::Enough,
            Poll::Pending => self.is_last = true,
        }
        Ok(())
    }
}
