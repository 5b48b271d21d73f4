//! Validation without a write: rows are judged as they would be written, and stay as they are.

use crate::error::{Error, Result};
use crate::exec::actor::{SharedValue, actor_of_scope};
use crate::model::draft::put_actor;
use crate::model::judge::{Subject, judge};
use crate::schema::Role;
use crate::sql::write::Cells;

/// Who would act, as far as that is known without a handle.
pub(crate) fn actor(call: Option<&SharedValue>) -> Option<SharedValue> {
    call.cloned().or_else(actor_of_scope)
}

/// Judges new rows, each with who inserts it.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn inserts<'r>(
    of: Subject,
    rows: impl IntoIterator<Item = (&'r mut Cells, Option<&'r SharedValue>)>,
) -> Result<()> {
    acting(of, rows, true)
}

/// Judges changes, each with who makes it. With `touch`, nothing has to be set.
///
/// # Errors
/// [`Error::NothingToSet`], [`Error::Invalid`].
pub(crate) fn updates<'r>(
    of: Subject,
    rows: impl IntoIterator<Item = (&'r mut Cells, Option<&'r SharedValue>, bool)>,
) -> Result<()> {
    let set = |(cells, actor, touch): (&'r mut Cells, _, bool)| {
        if cells.is_empty() && !touch {
            return Err(Error::NothingToSet { table: of.table.name });
        }
        Ok((cells, actor))
    };
    let rows: Vec<_> = rows.into_iter().map(set).collect::<Result<_>>()?;
    acting(of, rows, false)
}

fn acting<'r>(
    of: Subject,
    rows: impl IntoIterator<Item = (&'r mut Cells, Option<&'r SharedValue>)>,
    insert: bool,
) -> Result<()> {
    let role = if insert { Role::CreatedBy } else { Role::UpdatedBy };
    let act = |(cells, actor): (&'r mut Cells, Option<&SharedValue>)| {
        let known = cells.len();
        put_actor(cells, of.table, role, actor);
        (known, cells)
    };
    let mut rows: Vec<(usize, &mut Cells)> = rows.into_iter().map(act).collect();
    let judged = judge(of, rows.iter().map(|(_, cells)| &**cells), insert);
    // No setter takes the actor's column, so it was added at the end.
    for (known, cells) in &mut rows {
        cells.truncate(*known);
    }
    judged
}
