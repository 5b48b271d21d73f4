//! Rows of a batch, grouped by what one statement can write, with their values column by column.

use tokio_postgres::types::Kind;

use crate::exec::statement::arrays::ColumnValues;
use crate::param::Param;
use crate::sql::declared_type::DeclaredType;
use crate::sql::tree::Removed;
use crate::sql::write::{Assignments, ColumnValue};

/// The most rows per statement: 50,000, or 1,000 if a column holds arrays.
pub(crate) const MAX_ROWS: usize = 50_000;
const MAX_ROWS_WITH_ARRAYS: usize = 1_000;

/// A row of a batch.
pub(crate) struct BatchRow {
    /// The row's position in the batch.
    pub(crate) position: usize,
    pub(crate) assignments: Assignments,
    pub(crate) traits: RowTraits,
}

/// What rows must have in common to be written by one statement, beside the columns they set.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RowTraits {
    pub(crate) removed: Removed,
    /// Whether the row must have an expected version, which is then among the assignments.
    pub(crate) is_versioned: bool,
    /// Whether the row's key can equal another one: it has no NULL, or NULLs are equal. Known once rows are in the order of
    /// their keys.
    pub(crate) has_comparable_key: bool,
}

impl BatchRow {
    /// Returns the value that the row binds for a column.
    pub(crate) fn value(&self, column: usize) -> Option<&Param> {
        self.assignments.iter().find(|(at, _)| *at == column).and_then(|(_, value)| match value {
            ColumnValue::Bound(value) => Some(value),
            _ => None,
        })
    }

    /// Whether both rows set the same columns in the same order, to values or to the same expressions, and have the same
    /// traits.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let alike = |((one, value), (other, second)): (&(usize, ColumnValue), &(usize, ColumnValue))| {
            one == other
                && (matches!((value, second), (ColumnValue::Bound(_), ColumnValue::Bound(_))) || value.is_like(second))
        };
        self.assignments.len() == other.assignments.len()
            && self.traits == other.traits
            && self.assignments.iter().zip(&other.assignments).all(alike)
    }
}

/// Rows with the same traits that set the same columns, in the order in which they were added.
#[derive(Clone)]
pub(crate) struct RowGroup {
    pub(crate) traits: RowTraits,
    /// Positions in the table of the columns with values.
    pub(crate) columns: Vec<usize>,
    /// Columns that are set to an expression, the same for all rows.
    pub(crate) expressions: Vec<(usize, ColumnValue)>,
    /// Each row's position in the batch.
    pub(crate) positions: Vec<usize>,
    /// The values of each of the `columns`.
    pub(crate) values: Vec<ColumnValues>,
}

impl RowGroup {
    /// Returns the values of a column.
    pub(crate) fn values_of(&self, column: usize) -> ColumnValues {
        let at = self.columns.iter().position(|own| *own == column);
        at.map(|at| self.values[at].clone()).unwrap_or_default()
    }

    /// Splits the group into chunks that one statement takes. `types` are those of the columns.
    pub(crate) fn chunks(&self, types: &[DeclaredType]) -> Vec<Self> {
        let has_arrays = types.iter().any(|declared| matches!(declared.ty.kind(), Kind::Array(_)));
        self.split(if has_arrays { MAX_ROWS_WITH_ARRAYS } else { MAX_ROWS })
    }

    /// Splits the group into chunks of at most `rows` rows.
    pub(crate) fn split(&self, rows: usize) -> Vec<Self> {
        let chunk = |first: usize| Self {
            traits: self.traits,
            columns: self.columns.clone(),
            expressions: self.expressions.clone(),
            positions: self.positions.iter().skip(first).take(rows).copied().collect(),
            values: self.values.iter().map(|column| column.part(first, rows)).collect(),
        };
        (0..self.positions.len()).step_by(rows).map(chunk).collect()
    }
}

/// Groups rows. Within a group they keep their order.
pub(crate) fn group_rows(rows: impl IntoIterator<Item = BatchRow>) -> Vec<RowGroup> {
    let mut open: Vec<OpenGroup> = Vec::new();
    for mut row in rows {
        row.assignments.sort_by_key(|(column, _)| *column);
        // The last group that took a row is likely to take the next one too: it is kept at the end.
        let last = open.len().saturating_sub(1);
        if let Some(fitting) = open.iter().rposition(|group| group.takes(&row)) {
            open.swap(fitting, last);
        } else {
            open.push(OpenGroup::for_rows_like(&row));
        }
        open.last_mut().expect("one was found or added").add(row);
    }
    open.into_iter().map(OpenGroup::close).collect()
}

/// A group to which rows are added.
struct OpenGroup {
    group: RowGroup,
    values: Vec<Vec<Param>>,
}

impl OpenGroup {
    fn for_rows_like(row: &BatchRow) -> Self {
        let (mut columns, mut expressions) = (Vec::new(), Vec::new());
        for (column, value) in &row.assignments {
            match value {
                ColumnValue::Bound(_) => columns.push(*column),
                expression => expressions.push((*column, expression.clone())),
            }
        }
        let values = columns.iter().map(|_| Vec::new()).collect();
        let (positions, none) = (Vec::new(), Vec::new());
        Self { group: RowGroup { traits: row.traits, columns, expressions, positions, values: none }, values }
    }

    fn takes(&self, row: &BatchRow) -> bool {
        let (mut columns, mut expressions) = (self.group.columns.iter(), self.group.expressions.iter());
        let has_each = row.assignments.iter().all(|(column, value)| match value {
            ColumnValue::Bound(_) => columns.next() == Some(column),
            expression => expressions.next().is_some_and(|(at, known)| at == column && known.is_like(expression)),
        });
        has_each && columns.next().is_none() && expressions.next().is_none() && self.group.traits == row.traits
    }

    fn add(&mut self, row: BatchRow) {
        self.group.positions.push(row.position);
        let values = row.assignments.into_iter().filter_map(|(_, value)| match value {
            ColumnValue::Bound(value) => Some(value),
            _ => None,
        });
        self.values.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }

    fn close(self) -> RowGroup {
        RowGroup { values: self.values.into_iter().map(ColumnValues::of).collect(), ..self.group }
    }
}
