//! Rows of a batch that one statement can write: their values, encoded column by column. Of the rows themselves, nothing is kept.
//! `read_rows` reads rows and puts each into its group.

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::Kind;

use crate::error::{Error, Result};
use crate::exec::statement::arrays::{ColumnValues, end_of_value};
use crate::model::request::row::{NewRow, RowValues};
use crate::model::validate::limits::{Broken, Remaining};
use crate::model::validate::validator::ModelMeta;
use crate::param::{Param, Unstorable};
use crate::schema::Table;
use crate::schema::column_lists::is_fixed;
use crate::schema::limit::Limit;
use crate::sql::declared_type::DeclaredType;
use crate::sql::tree::Removed;
use crate::sql::write::{Assignments, ColumnValue};

/// The most rows per statement: 50,000, or 1,000 if a column holds arrays.
pub(crate) const MAX_ROWS: usize = 50_000;
const MAX_ROWS_WITH_ARRAYS: usize = 1_000;

/// A row of a batch.
pub(crate) struct BatchRow {
    pub(crate) assignments: Assignments,
    /// How many of the assignments, from the first one on, the row itself makes. The others find it, and are not validated.
    pub(crate) given: usize,
    pub(crate) traits: RowTraits,
    /// The actor that a new row itself names, until it is among the assignments.
    pub(crate) actor: Option<Param>,
}

impl From<NewRow> for BatchRow {
    fn from(NewRow { values: RowValues(assignments), actor }: NewRow) -> Self {
        Self { given: assignments.len(), assignments, traits: RowTraits::default(), actor }
    }
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

/// Rows with the same traits that set the same columns, in the order in which they were added.
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
    /// How many rows were written.
    pub(crate) written: usize,
    /// The columns in the order in which the first row set them, each with the place of its values, if it has any.
    order: Vec<(usize, Option<usize>)>,
    /// What is left to check of each column's values.
    checks: Vec<(Limit, Remaining)>,
    /// Whether a row may break a rule by the columns that it sets, or by its expressions.
    pub(crate) is_doubtful: bool,
}

impl RowGroup {
    pub(crate) fn new(meta: ModelMeta, row: &BatchRow, types: Vec<DeclaredType>, is_insert: bool) -> Self {
        let (columns, expressions) = shape(&row.assignments);
        // A column may also be set to an expression: the version, beside the one that is expected.
        let bound = |column: &usize| {
            row.assignments.iter().find_map(|(at, value)| match value {
                ColumnValue::Bound(value) if at == column => Some(value),
                _ => None,
            })
        };
        let first = columns.iter().filter_map(bound);
        let values: Vec<_> = first.zip(types).map(|(value, ty)| ColumnValues::like(value, ty)).collect();
        let place = |(column, value): &(usize, ColumnValue)| {
            let is_bound = matches!(value, ColumnValue::Bound(_));
            (*column, columns.iter().position(|own| is_bound && own == column))
        };
        let given = &row.assignments[..row.given];
        let mut group = Self {
            traits: row.traits,
            order: row.assignments.iter().map(place).collect(),
            checks: Vec::new(),
            is_doubtful: !expressions.is_empty()
                || !is_insert && given.iter().any(|(column, _)| is_fixed(meta.table, *column)),
            positions: Vec::new(),
            written: 0,
            columns,
            expressions,
            values,
        };
        group.note_types(meta);
        group
    }

    /// Notes what the types of the columns leave to check.
    pub(crate) fn note_types(&mut self, meta: ModelMeta) {
        let check = |(column, values): (&usize, &ColumnValues)| {
            let limit = meta.table.columns[*column].limit;
            (limit, limit.remaining(&values.declared().ty))
        };
        self.checks = self.columns.iter().zip(&self.values).map(check).collect();
    }

    /// Returns the most rows that one statement takes.
    pub(crate) fn rows_per_statement(&self) -> usize {
        let is_array = |values: &ColumnValues| matches!(values.declared().ty.kind(), Kind::Array(_));
        if self.values.iter().any(is_array) { MAX_ROWS_WITH_ARRAYS } else { MAX_ROWS }
    }

    /// Returns the values of a column.
    pub(crate) fn values_of(&self, column: usize) -> Option<&ColumnValues> {
        self.columns.iter().position(|own| *own == column).map(|at| &self.values[at])
    }

    /// Returns the number of rows that were not written yet.
    pub(crate) fn unwritten(&self) -> usize {
        self.positions.len() - self.written
    }

    /// Returns the rows at these positions of the group, in this order.
    pub(crate) fn picked(&self, traits: RowTraits, rows: &[usize]) -> Self {
        Self {
            traits,
            columns: self.columns.clone(),
            expressions: self.expressions.clone(),
            positions: rows.iter().map(|row| self.positions[*row]).collect(),
            values: self.values.iter().map(|values| values.picked(rows)).collect(),
            written: 0,
            order: self.order.clone(),
            checks: self.checks.clone(),
            is_doubtful: self.is_doubtful,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.positions.clear();
        self.written = 0;
        self.values.iter_mut().for_each(ColumnValues::clear);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.iter().map(|values| values.bytes().len()).sum()
    }

    /// Returns whether the row sets the columns of the first row, in its order.
    pub(crate) fn is_like_first(&self, row: &BatchRow) -> bool {
        let is_next = |((column, place), (at, value)): (&(usize, Option<usize>), &(usize, ColumnValue))| {
            column == at
                && match value {
                    ColumnValue::Bound(_) => place.is_some(),
                    value => self.expressions.iter().any(|(own, known)| own == column && known.is_like(value)),
                }
        };
        self.order.len() == row.assignments.len()
            && self.traits == row.traits
            && self.order.iter().zip(&row.assignments).all(is_next)
    }

    /// Returns whether assignments that are sorted by column belong to this group.
    pub(crate) fn takes(&self, sorted: &Assignments, traits: RowTraits) -> bool {
        let (mut columns, mut expressions) = (self.columns.iter(), self.expressions.iter());
        let has_each = sorted.iter().all(|(column, value)| match value {
            ColumnValue::Bound(_) => columns.next() == Some(column),
            expression => expressions.next().is_some_and(|(at, known)| at == column && known.is_like(expression)),
        });
        has_each && columns.next().is_none() && expressions.next().is_none() && self.traits == traits
    }

    /// Encodes the values of a row, which are in the order of the first row or `sorted`. Returns the first limit that one
    /// breaks. `buffer` is for values that are encoded twice.
    pub(crate) fn encode(
        &mut self,
        meta: ModelMeta,
        row: &BatchRow,
        sorted: Option<&Assignments>,
        buffer: &mut BytesMut,
    ) -> Result<Fault> {
        let mut next = 0..;
        for (nth, (column, value)) in sorted.unwrap_or(&row.assignments).iter().enumerate() {
            let ColumnValue::Bound(value) = value else { continue };
            let next = next.next();
            let Some(at) = (if sorted.is_none() { self.order[nth].1 } else { next }) else { continue };
            let is_given = match sorted {
                None => nth < row.given,
                Some(_) => row.assignments[..row.given].iter().any(|(own, _)| own == column),
            };
            let raw = match self.values[at].push(value) {
                Ok(raw) => raw,
                Err(source) => match source.downcast::<Unstorable>() {
                    Ok(fault) if is_given => return Ok(Some((*column, (fault.rule, fault.message.to_owned())))),
                    Ok(fault) => return Err(encode_error(meta.table, *column, fault)),
                    Err(source) => return Err(encode_error(meta.table, *column, source)),
                },
            };
            let (limit, remaining) = self.checks[at];
            let broken = match remaining {
                Remaining::Size if is_given => {
                    raw.filter(|raw| !limit.admits_bytes(raw.len())).and_then(|raw| limit.exceeded_by(raw))
                }
                Remaining::Value if is_given => limit.broken_by(value, buffer),
                _ => None,
            };
            if let Some(broken) = broken {
                return Ok(Some((*column, broken)));
            }
        }
        Ok(None)
    }
}

/// A column whose value breaks a limit.
pub(crate) type Fault = Option<(usize, Broken)>;

/// Returns the columns of a row that have values, and those with expressions, both sorted.
pub(crate) fn shape(assignments: &Assignments) -> (Vec<usize>, Vec<(usize, ColumnValue)>) {
    let (mut columns, mut expressions) = (Vec::new(), Vec::new());
    for (column, value) in assignments {
        match value {
            ColumnValue::Bound(_) => columns.push(*column),
            expression => expressions.push((*column, expression.clone())),
        }
    }
    columns.sort_unstable();
    expressions.sort_by_key(|(column, _)| *column);
    (columns, expressions)
}

/// Where each column of a group goes on, for reading it row by row.
#[derive(Default)]
pub(crate) struct Cursor(Vec<usize>);

impl RowGroup {
    /// Appends the next row in the binary format of COPY.
    pub(crate) fn append_row(&self, cursor: &mut Cursor, out: &mut BytesMut) {
        cursor.0.resize(self.values.len(), 0);
        out.put_i16(i16::try_from(self.values.len()).unwrap_or(i16::MAX));
        for (at, values) in cursor.0.iter_mut().zip(&self.values) {
            let (bytes, start) = (values.bytes(), *at);
            *at = end_of_value(bytes, start);
            out.put_slice(&bytes[start..*at]);
        }
    }

    /// Returns the bytes of the next rows, column by column.
    pub(crate) fn skip_rows(&self, cursor: &mut Cursor, rows: usize) -> Vec<std::ops::Range<usize>> {
        cursor.0.resize(self.values.len(), 0);
        let is_all = rows == self.positions.len();
        let skip = |(at, values): (&mut usize, &ColumnValues)| {
            let (bytes, start) = (values.bytes(), *at);
            *at = if is_all { bytes.len() } else { (0..rows).fold(start, |at, _| end_of_value(bytes, at)) };
            start..*at
        };
        cursor.0.iter_mut().zip(&self.values).map(skip).collect()
    }
}

/// The error for a value of this column that its type cannot hold.
pub(crate) fn encode_error(
    table: &'static Table,
    column: usize,
    source: Box<dyn std::error::Error + Sync + Send>,
) -> Error {
    Error::Encode { table: table.name, column: table.columns[column].name, source }
}
