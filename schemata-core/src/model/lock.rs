//! Locks for batches of several statements: all rows that are there, in the order of their keys, before the first of them is
//! written. Else each statement would begin with its own first row, and two batches could wait for each other.

use crate::error::Result;
use crate::exec::statement::{Purpose, execute};
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::batch::{PLAIN_ROWS, key_lanes};
use crate::model::judge::Subject;
use crate::param::Param;
use crate::sql::bulk_change;
use crate::sql::declared::Declared;
use crate::sql::writer::Sql;

/// What locks the rows with these keys, `columns` of type `types`; `rows` are in the order of their keys, and `key` yields a
/// part of one.
pub(crate) fn locking<R>(
    schema: &Ident,
    of: Subject,
    (columns, types): (&[usize], &[Declared]),
    rows: &[R],
    key: impl for<'r> Fn(&'r R, usize) -> Option<&'r Param>,
) -> Result<Vec<Sql>> {
    let names: Vec<&'static str> = columns.iter().map(|column| of.table.columns[*column].name).collect();
    let statement = |rows: &[R]| {
        let lanes = key_lanes(of, columns, types, rows, &key)?;
        Ok(bulk_change::lock(schema, of.table, &names, lanes))
    };
    rows.chunks(PLAIN_ROWS).map(statement).collect()
}

/// Locks the rows, until the transaction ends.
pub(crate) async fn lock(target: Target<'_>, purpose: Purpose, locks: &[Sql]) -> Result<()> {
    for sql in locks {
        execute(target, purpose, sql).await?;
    }
    Ok(())
}
