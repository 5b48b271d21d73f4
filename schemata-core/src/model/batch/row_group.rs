//! Rows of a batch, grouped by what one statement can write. Each value is encoded when its row is read, and validated on the way;
//! of the row itself, nothing is kept.

use std::task::{Context, Poll};

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::Kind;

use crate::error::{Error, Result};
use crate::exec::statement::arrays::{ColumnValues, end_of_value};
use crate::model::batch::row_feed::RowFeed;
use crate::model::validate::limits::{Broken, Remaining};
use crate::model::validate::row_validation::{apply_rules, validate_row};
use crate::model::validate::validator::ModelMeta;
use crate::param::Unstorable;
use crate::schema::Table;
use crate::schema::column_lists::is_fixed;
use crate::schema::limit::Limit;
use crate::sql::declared_type::DeclaredType;
use crate::sql::tree::Removed;
use crate::sql::write::{Assignments, ColumnValue, give_back};
use crate::violation::Violations;

/// The most rows per statement: 50,000, or 1,000 if a column holds arrays.
pub(crate) const MAX_ROWS: usize = 50_000;
const MAX_ROWS_WITH_ARRAYS: usize = 1_000;

/// How many rows are still read after the first one that breaks a rule.
const READ_ON: usize = 10_000;

/// A row of a batch.
pub(crate) struct BatchRow {
    pub(crate) assignments: Assignments,
    /// How many of the assignments, from the first one on, the row itself makes. The others find it, and are not validated.
    pub(crate) given: usize,
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
    is_doubtful: bool,
}

impl RowGroup {
    fn new(meta: ModelMeta, row: &BatchRow, types: Vec<DeclaredType>, is_insert: bool) -> Self {
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
    fn note_types(&mut self, meta: ModelMeta) {
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

    fn clear(&mut self) {
        self.positions.clear();
        self.written = 0;
        self.values.iter_mut().for_each(ColumnValues::clear);
    }

    fn bytes(&self) -> usize {
        self.values.iter().map(|values| values.bytes().len()).sum()
    }

    /// Returns whether the row sets the columns of the first row, in its order.
    fn is_like_first(&self, row: &BatchRow) -> bool {
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
    fn takes(&self, sorted: &Assignments, traits: RowTraits) -> bool {
        let (mut columns, mut expressions) = (self.columns.iter(), self.expressions.iter());
        let has_each = sorted.iter().all(|(column, value)| match value {
            ColumnValue::Bound(_) => columns.next() == Some(column),
            expression => expressions.next().is_some_and(|(at, known)| at == column && known.is_like(expression)),
        });
        has_each && columns.next().is_none() && expressions.next().is_none() && self.traits == traits
    }

    /// Encodes the values of a row, which are in the order of the first row or `sorted`. Returns the first limit that one
    /// breaks. `buffer` is for values that are encoded twice.
    fn encode(
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
                Remaining::Size if is_given => raw.and_then(|raw| limit.exceeded_by(raw)),
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
type Fault = Option<(usize, Broken)>;

/// Returns the columns of a row that have values, and those with expressions, both sorted.
fn shape(assignments: &Assignments) -> (Vec<usize>, Vec<(usize, ColumnValue)>) {
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

/// The rows that were read.
pub(crate) struct ReadRows {
    meta: ModelMeta,
    is_insert: bool,
    pub(crate) groups: Vec<RowGroup>,
    /// The group of the last row.
    last: usize,
    /// A row of a new kind, whose columns' types have to be asked for.
    waiting: Option<BatchRow>,
    /// The number of rows that were read.
    total: usize,
    /// Whether there are no more rows.
    pub(crate) is_complete: bool,
    /// Whether rows were forgotten after they had been sent.
    pub(crate) is_partial: bool,
    violations: Violations,
    /// The number of rows after which reading ends, because one has broken a rule.
    end: Option<usize>,
    buffer: BytesMut,
}

/// Why reading stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// There are no more rows.
    End,
    /// Enough rows were read.
    Enough,
    /// A row of a new kind is waiting; see [`ReadRows::waiting`].
    NewKind,
    /// A row belongs to another group than the one that is being sent.
    OtherGroup,
}

/// How many rows are read.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
    /// The only group to which rows may be added.
    pub(crate) group: Option<usize>,
}

impl ReadRows {
    pub(crate) fn new(meta: ModelMeta, is_insert: bool) -> Self {
        Self {
            meta,
            is_insert,
            groups: Vec::new(),
            last: 0,
            waiting: None,
            total: 0,
            is_complete: false,
            is_partial: false,
            violations: Violations::of(meta.table.name),
            end: None,
            buffer: BytesMut::new(),
        }
    }

    /// Returns the columns whose types the waiting row needs.
    pub(crate) fn waiting(&self) -> Option<Vec<usize>> {
        self.waiting.as_ref().map(|row| shape(&row.assignments).0)
    }

    /// Makes a group for the waiting row, whose columns have these types.
    pub(crate) fn open(&mut self, types: Vec<DeclaredType>) -> Result<()> {
        let Some(row) = self.waiting.take() else { return Ok(()) };
        self.groups.push(RowGroup::new(self.meta, &row, types, self.is_insert));
        self.last = self.groups.len() - 1;
        self.add(row, None)
    }

    /// Reads rows until there is a reason to stop.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all violations of the rows that were read.
    pub(crate) fn poll(
        &mut self,
        feed: &mut dyn RowFeed<BatchRow>,
        amount: Amount,
        context: &mut Context<'_>,
    ) -> Poll<Result<Stop>> {
        let (first, bytes) = (self.total, self.bytes());
        loop {
            if self.end.is_some_and(|end| self.total >= end) {
                return Poll::Ready(Err(self.invalid()));
            }
            let read = self.total - first;
            // The bytes are counted now and then. After a row that breaks a rule, reading ends in the error alone: nothing may be
            // written, since the values of that row are not all there.
            let is_enough = read >= amount.rows || read % 16 == 15 && self.bytes() - bytes >= amount.bytes;
            if is_enough && self.end.is_none() {
                return Poll::Ready(Ok(Stop::Enough));
            }
            let row = match feed.poll_row(context) {
                Poll::Ready(Ok(Some(row))) => row,
                Poll::Ready(Ok(None)) => {
                    self.is_complete = true;
                    let ended = if self.end.is_some() { Err(self.invalid()) } else { Ok(Stop::End) };
                    return Poll::Ready(ended);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if self.end.is_some() => return Poll::Ready(Err(self.invalid())),
                Poll::Pending => return Poll::Pending,
            };
            if self.end.is_some() {
                self.validate(row);
                continue;
            }
            let Some(sorted) = self.find(&row) else {
                self.waiting = Some(row);
                return Poll::Ready(Ok(Stop::NewKind));
            };
            if let Err(error) = self.add(row, sorted.as_ref()) {
                return Poll::Ready(Err(error));
            }
            if self.end.is_none() && amount.group.is_some_and(|group| group != self.last) {
                return Poll::Ready(Ok(Stop::OtherGroup));
            }
        }
    }

    /// Makes the group of a row the last one, and returns the assignments sorted by column unless they are in the order of the
    /// group's first row. Returns `None` if there is no such group.
    #[expect(clippy::option_option, reason = "no group, or a group to which the row belongs as it is or sorted")]
    fn find(&mut self, row: &BatchRow) -> Option<Option<Assignments>> {
        let is_last = self.groups.get(self.last).is_some_and(|group| group.is_like_first(row));
        if !is_last && let Some(at) = self.groups.iter().position(|group| group.is_like_first(row)) {
            self.last = at;
        } else if !is_last {
            let mut sorted = row.assignments.clone();
            sorted.sort_by_key(|(column, _)| *column);
            self.last = self.groups.iter().position(|group| group.takes(&sorted, row.traits))?;
            return Some(Some(sorted));
        }
        Some(None)
    }

    /// Adds a row to the last group.
    fn add(&mut self, row: BatchRow, sorted: Option<&Assignments>) -> Result<()> {
        let Self { meta, is_insert, buffer, violations, total, .. } = self;
        let group = &mut self.groups[self.last];
        let given = &row.assignments[..row.given];
        if group.is_doubtful {
            validate_row(*meta, *total, given, *is_insert, violations, buffer);
        }
        if violations.all.is_empty() {
            let fault = group.encode(*meta, &row, sorted, buffer)?;
            if fault.is_some() {
                validate_row(*meta, *total, given, *is_insert, violations, buffer);
            } else if !group.is_doubtful {
                apply_rules(*meta, *total, given, *is_insert, violations);
            }
            if let (true, Some((column, (rule, message)))) = (violations.all.is_empty(), fault) {
                violations.add(*total, Some(meta.table.columns[column].name), rule, message);
            }
        }
        group.positions.push(*total);
        if !violations.all.is_empty() {
            self.end = Some(*total + READ_ON);
        }
        self.total += 1;
        give_back(row.assignments);
        Ok(())
    }

    /// Validates a row that is not sent.
    fn validate(&mut self, row: BatchRow) {
        let Self { meta, is_insert, buffer, violations, .. } = self;
        validate_row(*meta, self.total, &row.assignments[..row.given], *is_insert, violations, buffer);
        self.total += 1;
        give_back(row.assignments);
    }

    /// Returns the error of the rows that break rules.
    fn invalid(&mut self) -> Error {
        Error::Invalid(std::mem::replace(&mut self.violations, Violations::of(self.meta.table.name)))
    }

    /// Returns the size of the rows that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.groups.iter().map(RowGroup::bytes).sum()
    }

    /// Forgets rows that were written.
    pub(crate) fn forget(&mut self) {
        self.is_partial = true;
        self.groups.iter_mut().for_each(RowGroup::clear);
    }

    /// Begins again: no row was written.
    pub(crate) fn rewind(&mut self) {
        self.groups.iter_mut().for_each(|group| group.written = 0);
    }

    /// Changes the values of a group to these types of its columns.
    pub(crate) fn change_types(&mut self, group: usize, types: Vec<DeclaredType>) -> Result<()> {
        let (meta, group) = (self.meta, &mut self.groups[group]);
        for ((column, values), ty) in group.columns.iter().zip(&mut group.values).zip(types) {
            values.change_type(ty).map_err(|source| encode_error(meta.table, *column, source))?;
        }
        group.note_types(meta);
        Ok(())
    }
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
