//! The engine that writes every batch: all of its rows or none, in a transaction if it takes several statements, and a second
//! time after a failure that may not recur. Rows are read while earlier ones are sent. A [`StatementMaker`] makes the statements.

use std::future::poll_fn;

use crate::error::{Error, Result};
use crate::exec::atomic_scope::{AtomicScope, is_worth_repeating};
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::copy::may_copy;
use crate::exec::statement::{Purpose, execute, fetch, fetch_optional};
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::batch::arrays::{column_arrays, column_types};
use crate::model::batch::copy::{COPY_FROM, IsLikeInsert, KEPT, copy_group, prepare_copy};
use crate::model::batch::read_rows::{Amount, ReadRows, Stop};
use crate::model::batch::row_feed::RowFeed;
use crate::model::batch::row_group::{BatchRow, Cursor, MAX_ROWS, RowGroup};
use crate::param::Param;
use crate::schema::Table;
use crate::sql::bulk::insert::UNMATCHED;
use crate::sql::bulk::unnest::ColumnArrays;
use crate::sql::declared_type::DeclaredType;
use crate::sql::write;
use crate::sql::writer::Sql;

/// How many rows are read before the first ones are sent by COPY, if it is known that many follow.
const FIRST: usize = 256;

/// Makes the statements of one kind of batch.
pub(crate) trait StatementMaker: Send + Sync {
    /// Returns the places of the group's columns in the order in which the statement takes their values.
    fn places(&self, group: &RowGroup) -> Vec<usize> {
        (0..group.columns.len()).collect()
    }

    /// Returns other columns whose types the statement needs.
    fn further_columns(&self, _: &RowGroup) -> Vec<usize> {
        Vec::new()
    }

    /// Whether values are compared as they were given, without the rounding of their column.
    fn compares_unrounded(&self) -> bool {
        false
    }

    /// Whether COPY may write a large group.
    fn may_copy(&self) -> bool {
        false
    }

    /// Builds the statement for these values of a group's columns. `types` are those of the further columns.
    fn statement(
        &self,
        schema: &Ident,
        group: &RowGroup,
        values: Vec<ColumnArrays>,
        types: &[DeclaredType],
    ) -> Result<Sql>;

    /// Whether [`StatementMaker::check_unwritten`] can refuse what a statement has written for this group. The batch
    /// then needs a transaction to undo it.
    fn checks_unwritten(&self, _: &RowGroup) -> bool {
        false
    }

    /// Called if `checks_unwritten` and a statement wrote fewer rows than it was given. Fails if that is an error, returns
    /// `None` if it is not, or returns a query for the rows that exist. `values` are those of the statement, with the types of
    /// their columns.
    fn check_unwritten(
        &self,
        _: &Ident,
        _: &RowGroup,
        _values: Vec<Param>,
        _types: Vec<DeclaredType>,
    ) -> Result<Option<ExistingRows>> {
        Ok(None)
    }
}

/// A query for the existing rows among those of a statement, written or not. If it finds others than the written ones, they have
/// another version than expected.
pub(crate) struct ExistingRows {
    pub(crate) sql: Sql,
    /// Whether it still finds the rows that were written.
    pub(crate) finds_written: bool,
}

/// A batch, ready to be written.
pub(crate) struct Batch<'a> {
    pub(crate) table: &'static Table,
    pub(crate) purpose: Purpose,
    pub(crate) statements: Box<dyn StatementMaker + 'a>,
    /// The columns to return, if rows are to be returned.
    pub(crate) returning: Option<&'a [&'static str]>,
    pub(crate) rows: ReadRows,
    /// The rows that are still to be read.
    pub(crate) feed: Box<dyn RowFeed<BatchRow> + 'a>,
    /// Statements that lock the existing rows first.
    pub(crate) locks: Vec<Sql>,
}

/// The outcome of a batch.
pub(crate) struct BatchOutcome<T> {
    pub(crate) count: u64,
    /// The returned rows, each with its position in the batch.
    rows: Vec<(usize, T)>,
}

impl<T> BatchOutcome<T> {
    /// Returns the rows in the order of the batch.
    pub(crate) fn into_rows(mut self) -> Vec<T> {
        self.rows.sort_by_key(|(position, _)| *position);
        self.rows.into_iter().map(|(_, row)| row).collect()
    }
}

impl Batch<'_> {
    /// Reads rows, at most so many and so many bytes.
    pub(crate) async fn read(&mut self, target: Target<'_>, rows: usize, bytes: usize) -> Result<()> {
        let amount = Amount { rows, bytes, group: None };
        while poll_fn(|context| self.rows.poll(&mut *self.feed, amount, context)).await? == Stop::NewKind {
            let columns = self.rows.waiting().unwrap_or_default();
            let types = self.types(target, &columns).await?;
            self.rows.open(types)?;
        }
        Ok(())
    }

    /// Reads all rows.
    pub(crate) async fn read_all(&mut self, target: Target<'_>) -> Result<()> {
        self.read(target, usize::MAX, usize::MAX).await
    }

    async fn types(&mut self, target: Target<'_>, columns: &[usize]) -> Result<Vec<DeclaredType>> {
        let types = column_types(target, self.purpose, self.table, columns).await?;
        let unrounded = self.statements.compares_unrounded();
        Ok(if unrounded { types.iter().map(DeclaredType::unmodified).collect() } else { types })
    }

    /// Writes the batch and returns the number of rows.
    pub(crate) async fn execute(self, target: Target<'_>) -> Result<u64> {
        Ok(self.write::<NoRow>(target).await?.count)
    }

    /// Writes the batch and returns the rows that `returning` asks for, in the order of the batch.
    ///
    /// # Errors
    /// [`Error::Unmatched`] if returned rows cannot be matched to those of the batch.
    pub(crate) async fn fetch<T: FromRow + Send>(self, target: Target<'_>) -> Result<Vec<T>> {
        Ok(self.write(target).await?.into_rows())
    }

    async fn write<T: FromRow + Send>(mut self, target: Target<'_>) -> Result<BatchOutcome<T>> {
        let copies = self.statements.may_copy() && self.returning.is_none() && may_copy(target);
        if !self.rows.is_complete {
            let rows = if !copies {
                MAX_ROWS
            } else if self.feed.at_least() >= COPY_FROM {
                FIRST
            } else {
                COPY_FROM
            };
            self.read(target, rows, KEPT).await?;
        }
        match self.attempt(target, copies).await {
            Err(error) if !self.rows.is_partial && is_worth_repeating(target, &error) => {
                self.rows.rewind();
                for at in 0..self.rows.groups.len() {
                    let columns = self.rows.groups[at].columns.clone();
                    let types = self.types(target, &columns).await?;
                    self.rows.change_types(at, types)?;
                }
                self.attempt(target, copies).await
            }
            outcome => outcome,
        }
    }

    async fn attempt<T: FromRow + Send>(&mut self, target: Target<'_>, copies: bool) -> Result<BatchOutcome<T>> {
        let scope =
            if self.is_one_statement() { AtomicScope::single(target) } else { AtomicScope::begin(target).await? };
        let written = self.write_rows(scope.target(), copies).await;
        scope.end(written).await
    }

    fn is_one_statement(&self) -> bool {
        match self.rows.groups.as_slice() {
            _ if !self.rows.is_complete => false,
            [] => true,
            [group] if group.columns.is_empty() => group.positions.len() == 1,
            [group] => group.positions.len() <= group.rows_per_statement() && !self.statements.checks_unwritten(group),
            _ => false,
        }
    }

    async fn write_rows<T: FromRow + Send>(&mut self, target: Target<'_>, copies: bool) -> Result<BatchOutcome<T>> {
        for lock in &self.locks {
            execute(target, self.purpose, lock).await?;
        }
        let mut written = BatchOutcome { count: 0, rows: Vec::new() };
        let mut are_like_inserts: Vec<IsLikeInsert> = Vec::new();
        loop {
            while let Some(group) = self.rows.groups.iter().position(|group| group.unwritten() > 0) {
                are_like_inserts.resize(self.rows.groups.len(), None);
                if copies && self.copies(target, group, &mut are_like_inserts[group]).await? {
                    let (rows, feed) = (&mut self.rows, &mut *self.feed);
                    // Boxed, because it is rare and would enlarge every call's future.
                    written.count += Box::pin(copy_group(target, self.purpose, self.table, rows, feed, group)).await?;
                    continue;
                }
                if are_like_inserts[group] == Some(false) && !self.rows.is_complete && self.rows.bytes() < KEPT {
                    // Not so many rows were read as a statement takes.
                    self.read(target, MAX_ROWS, KEPT).await?;
                }
                if self.rows.groups[group].columns.is_empty() {
                    self.write_defaults(target, group, &mut written).await?;
                } else {
                    self.write_group(target, group, &mut written).await?;
                }
            }
            if self.rows.is_complete {
                return Ok(written);
            }
            if self.rows.bytes() > KEPT {
                self.rows.forget();
            }
            let copies = copies && !are_like_inserts.contains(&Some(false));
            self.read(target, if copies { COPY_FROM } else { MAX_ROWS }, KEPT).await?;
        }
    }

    /// Returns whether a group is written by COPY.
    async fn copies(&mut self, target: Target<'_>, at: usize, is_like_insert: &mut IsLikeInsert) -> Result<bool> {
        let group = &self.rows.groups[at];
        let follow = if self.rows.groups.len() == 1 { self.feed.at_least() } else { 0 };
        let is_large = group.unwritten().saturating_add(follow) >= COPY_FROM;
        if !is_large || group.columns.is_empty() {
            return Ok(false);
        }
        if is_like_insert.is_none() {
            let prepared = prepare_copy(target, self.purpose, self.table, &mut self.rows, at);
            *is_like_insert = Some(Box::pin(prepared).await?);
        }
        Ok(*is_like_insert == Some(true))
    }

    /// Inserts rows that set no column, one by one: PostgreSQL has no statement for several.
    async fn write_defaults<T: FromRow + Send>(
        &mut self,
        target: Target<'_>,
        group: usize,
        written: &mut BatchOutcome<T>,
    ) -> Result<()> {
        let mut sql = write::insert(target.schema, self.table, Vec::new());
        if let Some(columns) = self.returning {
            write::returning(&mut sql, columns);
        }
        let group = &mut self.rows.groups[group];
        for position in &group.positions[group.written..] {
            if self.returning.is_some() {
                let row = fetch_optional(target, self.purpose, &sql).await?;
                written.rows.extend(row.map(|row| (*position, row)));
            } else {
                written.count += execute(target, self.purpose, &sql).await?;
            }
        }
        group.written = group.positions.len();
        Ok(())
    }

    async fn write_group<T: FromRow + Send>(
        &mut self,
        target: Target<'_>,
        at: usize,
        written: &mut BatchOutcome<T>,
    ) -> Result<()> {
        let group = &self.rows.groups[at];
        let (places, further) = (self.statements.places(group), self.statements.further_columns(group));
        let types = self.types(target, &further).await?;
        let (group, mut cursor) = (&self.rows.groups[at], Cursor::default());
        group.skip_rows(&mut cursor, group.written);
        while self.rows.groups[at].unwritten() > 0 {
            let group = &mut self.rows.groups[at];
            let rows = group.unwritten().min(group.rows_per_statement());
            let ranges = group.skip_rows(&mut cursor, rows);
            let values = column_arrays(self.table, group, &places, &ranges, rows)?;
            let sql = self.statements.statement(target.schema, group, values, &types)?;
            self.write_statement(target, at, &places, rows, sql, written).await?;
            self.rows.groups[at].written += rows;
        }
        Ok(())
    }

    /// Runs the statement of so many rows of a group.
    async fn write_statement<T: FromRow + Send>(
        &mut self,
        target: Target<'_>,
        at: usize,
        places: &[usize],
        rows: usize,
        sql: Sql,
        written: &mut BatchOutcome<T>,
    ) -> Result<()> {
        let group = &self.rows.groups[at];
        let count = if self.returning.is_some() {
            let positions = &group.positions[group.written..group.written + rows];
            let rows = fetch_numbered(target, self.purpose, &sql, positions).await?;
            let count = rows.len() as u64;
            written.rows.extend(rows);
            count
        } else {
            execute(target, self.purpose, &sql).await?
        };
        written.count += count;
        if self.statements.checks_unwritten(group) && count < rows as u64 {
            let types = places.iter().map(|place| group.values[*place].declared().clone()).collect();
            let check = self.statements.check_unwritten(target.schema, group, sql.into_values(), types)?;
            if let Some(existing) = check
                && execute(target, self.purpose, &existing.sql).await? > if existing.finds_written { count } else { 0 }
            {
                return Err(Error::Stale { table: self.table.name });
            }
        }
        Ok(())
    }
}

/// Fetches rows that begin with their number in the statement, or 0 if they are in its order, and returns them with their positions in the batch.
async fn fetch_numbered<T: FromRow + Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
    positions: &[usize],
) -> Result<Vec<(usize, T)>> {
    let rows: Vec<NumberedRow<T>> = fetch(target, purpose, sql).await.map_err(|error| {
        let is_unmatched = error.db_error().is_some_and(|db| db.message().contains(UNMATCHED));
        if is_unmatched { Error::Unmatched { table: purpose.table } } else { error }
    })?;
    let position = |(nth, number): (usize, i64)| {
        let at = if number == 0 { nth } else { usize::try_from(number - 1).ok()? };
        positions.get(at).copied()
    };
    let rows = rows.into_iter().enumerate();
    Ok(rows.map(|(nth, row)| (position((nth, row.number)).unwrap_or(usize::MAX), row.row)).collect())
}

/// A returned row with its number in the statement, from one.
struct NumberedRow<T> {
    number: i64,
    row: T,
}

impl<T: FromRow> FromRow for NumberedRow<T> {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self { number: row.take()?, row: T::from_row(row)? })
    }
}

/// Stands for the rows of a batch that returns none.
struct NoRow;

impl FromRow for NoRow {
    fn from_row(_: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self)
    }
}
