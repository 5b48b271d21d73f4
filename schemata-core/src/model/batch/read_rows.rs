//! Reads the rows of a batch: each is put into the group of a statement that can write it, and its values are validated while they
//! are encoded there.

use std::task::{Context, Poll};

use bytes::BytesMut;

use crate::error::{Error, Result};
use crate::model::batch::row_feed::RowFeed;
use crate::model::batch::row_group::{BatchRow, RowGroup, encode_error, shape};
use crate::model::validate::row_validation::{apply_rules, validate_row};
use crate::model::validate::validator::ModelMeta;
use crate::sql::declared_type::DeclaredType;
use crate::sql::write::{Assignments, give_back};
use crate::violation::Violations;

/// How many rows are still read after the first one that breaks a rule.
const READ_ON: usize = 10_000;

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
    /// Whether the rows cannot be sent again: some were forgotten after they had been sent, or their source has failed.
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

    /// Reads rows until there is a reason to stop. While a row is waiting, nothing is read.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all violations of the rows that were read.
    pub(crate) fn poll(
        &mut self,
        feed: &mut dyn RowFeed<BatchRow>,
        amount: Amount,
        context: &mut Context<'_>,
    ) -> Poll<Result<Stop>> {
        if self.waiting.is_some() {
            return Poll::Ready(Ok(Stop::NewKind));
        }
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
                Poll::Ready(Err(error)) => {
                    // A source that has failed may say that it has ended if it is asked again.
                    self.is_partial = true;
                    return Poll::Ready(Err(error));
                }
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
