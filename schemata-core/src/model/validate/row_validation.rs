//! Validation of the rows of a write, before anything is sent: the limits of column types, SQL expressions, immutable columns and
//! the model's own rules. Everything wrong is reported at once. What PostgreSQL computes, it checks.

use bytes::BytesMut;

use crate::error::{Error, Result};
use crate::model::audit_actor::set_actor;
use crate::model::validate::validator::{Findings, Incoming, ModelMeta};
use crate::param::Param;
use crate::schema::column_lists::is_fixed;
use crate::schema::{Column, Role};
use crate::sql::fragment::Fragment;
use crate::sql::write::{Assignments, ColumnValue};
use crate::violation::Violations;

/// Validates rows, in order.
///
/// # Errors
/// [`Error::Invalid`] with every violation.
pub(crate) fn validate_rows<'r>(
    meta: ModelMeta,
    rows: impl IntoIterator<Item = &'r Assignments>,
    is_insert: bool,
) -> Result<()> {
    let (mut violations, mut buffer) = (Violations::of(meta.table.name), BytesMut::new());
    for (row, assignments) in rows.into_iter().enumerate() {
        validate_row(meta, row, assignments, is_insert, &mut violations, &mut buffer);
    }
    reject(violations)
}

/// Validates a row. `buffer` is where values are encoded whose binary format has to be looked at.
pub(crate) fn validate_row(
    meta: ModelMeta,
    row: usize,
    assignments: &[(usize, ColumnValue)],
    is_insert: bool,
    violations: &mut Violations,
    buffer: &mut BytesMut,
) {
    let table = meta.table;
    for (at, value) in assignments {
        let column = &table.columns[*at];
        // No setter of an update takes such a column, but an expression can name any.
        if !is_insert && is_fixed(table, *at) {
            violations.add(row, Some(column.name), "immutable", "cannot change".to_owned());
        }
        match value {
            // Text that is more than one expression could swallow the statement's condition.
            ColumnValue::Sql(expression) => {
                if let Err(fault) = Fragment::Expression.of(expression) {
                    violations.add(row, Some(column.name), "expression", format!("cannot be set: {fault}"));
                }
            }
            ColumnValue::Bound(value) => {
                if let Some((rule, message)) = column.limit.broken_by(value, buffer) {
                    violations.add(row, Some(column.name), rule, message);
                }
            }
            ColumnValue::Default if is_required(column) => {
                let message = "has no default, and takes no NULL".to_owned();
                violations.add(row, Some(column.name), "required", message);
            }
            ColumnValue::Default | ColumnValue::Computed(_) => {}
        }
    }
    apply_rules(meta, row, assignments, is_insert, violations);
}

/// Applies the model's own rules to a row.
pub(crate) fn apply_rules(
    meta: ModelMeta,
    row: usize,
    assignments: &[(usize, ColumnValue)],
    is_insert: bool,
    violations: &mut Violations,
) {
    if let Some(validator) = meta.validator {
        let incoming = Incoming { table: meta.table, assignments, is_insert };
        validator(&incoming, &mut Findings { row, violations });
    }
}

/// Returns whether an insert has to give the column a value: it takes no NULL, and PostgreSQL has no value for it.
pub(crate) fn is_required(column: &Column) -> bool {
    let has_value = column.default.is_some() || column.generated.is_some() || column.identity.is_some();
    !(column.nullable || has_value || column.serial || column.has_unmanaged_default())
}

/// Fails if there are violations.
pub(crate) fn reject(violations: Violations) -> Result<()> {
    if violations.all.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
}

/// Validates new rows, each with its actor, and leaves them as they were.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn try_inserts<'r>(
    meta: ModelMeta,
    rows: impl IntoIterator<Item = (&'r mut Assignments, Option<&'r Param>)>,
) -> Result<()> {
    try_with_actor(meta, rows, true)
}

/// Validates updates, each with its actor and whether it may set nothing, and leaves them as they were.
///
/// # Errors
/// [`Error::NothingToSet`], [`Error::Invalid`].
pub(crate) fn try_updates<'r>(
    meta: ModelMeta,
    updates: impl IntoIterator<Item = (&'r mut Assignments, Option<&'r Param>, bool)>,
) -> Result<()> {
    let nonempty = |(assignments, actor, touches): (&'r mut Assignments, _, bool)| {
        if assignments.is_empty() && !touches {
            return Err(Error::NothingToSet { table: meta.table.name });
        }
        Ok((assignments, actor))
    };
    let updates: Vec<_> = updates.into_iter().map(nonempty).collect::<Result<_>>()?;
    try_with_actor(meta, updates, false)
}

fn try_with_actor<'r>(
    meta: ModelMeta,
    rows: impl IntoIterator<Item = (&'r mut Assignments, Option<&'r Param>)>,
    is_insert: bool,
) -> Result<()> {
    let role = if is_insert { Role::CreatedBy } else { Role::UpdatedBy };
    let with_actor = |(assignments, actor): (&'r mut Assignments, Option<&Param>)| {
        let length = assignments.len();
        set_actor(assignments, meta.table, role, actor);
        (length, assignments)
    };
    let mut rows: Vec<(usize, &mut Assignments)> = rows.into_iter().map(with_actor).collect();
    let outcome = validate_rows(meta, rows.iter().map(|(_, assignments)| &**assignments), is_insert);
    // No setter takes the actor's column, so it was added at the end.
    for (length, assignments) in &mut rows {
        assignments.truncate(*length);
    }
    outcome
}
