//! COPY of a group of rows: faster than INSERT for many rows, where both do the same.

use crate::error::Result;
use crate::exec::statement::copy::{copy_in, lasting_types};
use crate::exec::statement::{Purpose, fetch_optional};
use crate::exec::target::Target;
use crate::model::batch::row_group::{MAX_ROWS, RowGroup};
use crate::schema::Table;
use crate::sql::bulk::copy::{copy, is_like_insert};
use crate::sql::bulk::unnest::describe_columns;

/// The number of rows of the same columns from which on COPY is used where it can be: it takes a quarter less time for
/// 5,000 rows and a third less for 10,000 (the example `bench_writes` of the test bench). It breaks even between 1,000
/// and 2,000; the rest is a margin for networks on which its four round trips cost more. Such a batch is too large for
/// one statement, so it has its own transaction.
pub(crate) const COPY_FROM: usize = 5_000;

/// Inserts a group by COPY and returns the number of rows. Returns `None` and does nothing if COPY would not do what an
/// INSERT into this table does.
pub(crate) async fn copy_group(
    target: Target<'_>,
    purpose: Purpose,
    table: &'static Table,
    group: &RowGroup,
) -> Result<Option<u64>> {
    let (schema, columns) = (target.schema, &group.columns);
    // First, because it keeps the table from being changed before the rows are in.
    let types = lasting_types(target, purpose, &describe_columns(schema, table, columns)).await?;
    let answer: Option<(bool,)> = fetch_optional(target, purpose, &is_like_insert(schema, table, columns)).await?;
    if answer != Some((true,)) {
        return Ok(None);
    }
    let (sql, mut total) = (copy(schema, table, columns), 0);
    for chunk in group.split(MAX_ROWS) {
        total += copy_in(target, purpose, &sql, &types, &chunk.values).await?;
    }
    Ok(Some(total))
}
