//! The engine that writes every batch: all of its groups or none, in a transaction if it takes several statements, and
//! a second time after a failure that may not recur. A [`StatementMaker`] makes the statements.

use crate::error::{Error, Result};
use crate::exec::atomic_scope::{AtomicScope, is_worth_repeating};
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::copy::may_copy;
use crate::exec::statement::{Purpose, execute, fetch, fetch_optional};
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::batch::arrays::column_types;
use crate::model::batch::copy::{COPY_FROM, copy_group};
use crate::model::batch::row_group::RowGroup;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::bulk::insert::UNMATCHED;
use crate::sql::declared_type::DeclaredType;
use crate::sql::write;
use crate::sql::writer::Sql;

/// The number of rows that always fit one statement, with or without array columns.
const ONE_STATEMENT: usize = 1_000;

/// Makes the statements of one kind of batch.
pub(crate) trait StatementMaker: Send + Sync {
    /// Returns the columns whose types the statement needs: as many as the group has, in the order in which the
    /// statement takes their values, then any others.
    fn typed_columns(&self, group: &RowGroup) -> Vec<usize> {
        group.columns.clone()
    }

    /// Whether values are compared as they were given, without the rounding of their column.
    fn compares_unrounded(&self) -> bool {
        false
    }

    /// Whether COPY may write a large group.
    fn may_copy(&self) -> bool {
        false
    }

    /// Builds the statement for a chunk of a group. `types` are those of the typed columns.
    fn statement(&self, schema: &Ident, chunk: &RowGroup, types: &[DeclaredType]) -> Result<Sql>;

    /// Whether [`StatementMaker::check_unwritten`] can refuse what a statement has written for this group. The batch
    /// then needs a transaction to undo it.
    fn checks_unwritten(&self, _: &RowGroup) -> bool {
        false
    }

    /// Called if `checks_unwritten` and a statement wrote fewer rows than its chunk has. Fails if that is an error, returns
    /// `None` if it is not, or returns a query: if that finds more rows than were written, the others have another version
    /// than expected.
    fn check_unwritten(&self, _: &Ident, _: &RowGroup, _types: &[DeclaredType], _: Vec<Param>) -> Result<Option<Sql>> {
        Ok(None)
    }
}

/// A batch, ready to be written.
pub(crate) struct Batch<'a> {
    pub(crate) table: &'static Table,
    pub(crate) purpose: Purpose,
    pub(crate) statements: Box<dyn StatementMaker + 'a>,
    /// The columns to return, if rows are to be returned.
    pub(crate) returning: Option<&'a [&'static str]>,
    pub(crate) groups: Vec<RowGroup>,
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
    /// Writes the batch and returns the number of rows.
    pub(crate) async fn execute(&self, target: Target<'_>) -> Result<u64> {
        Ok(self.write::<NoRow>(target).await?.count)
    }

    /// Writes the batch and returns the rows that `returning` asks for, in the order of the batch.
    ///
    /// # Errors
    /// [`Error::Unmatched`] if returned rows cannot be matched to those of the batch.
    pub(crate) async fn fetch<T: FromRow + Send>(&self, target: Target<'_>) -> Result<Vec<T>> {
        Ok(self.write(target).await?.into_rows())
    }

    async fn write<T: FromRow + Send>(&self, target: Target<'_>) -> Result<BatchOutcome<T>> {
        match self.attempt(target).await {
            Err(error) if is_worth_repeating(target, &error) => self.attempt(target).await,
            outcome => outcome,
        }
    }

    async fn attempt<T: FromRow + Send>(&self, target: Target<'_>) -> Result<BatchOutcome<T>> {
        let scope =
            if self.is_one_statement() { AtomicScope::single(target) } else { AtomicScope::begin(target).await? };
        let written = self.write_groups(scope.target(), may_copy(target)).await;
        scope.end(written).await
    }

    fn is_one_statement(&self) -> bool {
        match self.groups.as_slice() {
            [] => true,
            [group] if group.columns.is_empty() => group.positions.len() == 1,
            [group] => group.positions.len() <= ONE_STATEMENT && !self.statements.checks_unwritten(group),
            _ => false,
        }
    }

    async fn write_groups<T: FromRow + Send>(&self, target: Target<'_>, may_copy: bool) -> Result<BatchOutcome<T>> {
        for lock in &self.locks {
            execute(target, self.purpose, lock).await?;
        }
        let mut written = BatchOutcome { count: 0, rows: Vec::new() };
        for group in &self.groups {
            if group.columns.is_empty() {
                self.write_defaults(target, group, &mut written).await?;
                continue;
            }
            if may_copy && self.copies(group) {
                // Boxed, because it is rare and would enlarge every call's future.
                let copied = Box::pin(copy_group(target, self.purpose, self.table, group)).await?;
                if let Some(rows) = copied {
                    written.count += rows;
                    continue;
                }
            }
            self.write_group(target, group, &mut written).await?;
        }
        Ok(written)
    }

    fn copies(&self, group: &RowGroup) -> bool {
        self.statements.may_copy() && self.returning.is_none() && group.positions.len() >= COPY_FROM
    }

    /// Inserts rows that set no column, one by one: PostgreSQL has no statement for several.
    async fn write_defaults<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        group: &RowGroup,
        written: &mut BatchOutcome<T>,
    ) -> Result<()> {
        let mut sql = write::insert(target.schema, self.table, Vec::new());
        if let Some(columns) = self.returning {
            write::returning(&mut sql, columns);
        }
        for position in &group.positions {
            if self.returning.is_some() {
                let row = fetch_optional(target, self.purpose, &sql).await?;
                written.rows.extend(row.map(|row| (*position, row)));
            } else {
                written.count += execute(target, self.purpose, &sql).await?;
            }
        }
        Ok(())
    }

    async fn write_group<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        group: &RowGroup,
        written: &mut BatchOutcome<T>,
    ) -> Result<()> {
        let (purpose, columns) = (self.purpose, self.statements.typed_columns(group));
        let mut types = column_types(target, purpose, self.table, &columns).await?;
        if self.statements.compares_unrounded() {
            types = types.iter().map(DeclaredType::unmodified).collect();
        }
        for chunk in group.chunks(&types[..group.columns.len()]) {
            let sql = self.statements.statement(target.schema, &chunk, &types)?;
            let count = if self.returning.is_some() {
                let rows = self.fetch_numbered(target, &sql, &chunk).await?;
                let count = rows.len() as u64;
                written.rows.extend(rows);
                count
            } else {
                execute(target, purpose, &sql).await?
            };
            written.count += count;
            if self.statements.checks_unwritten(&chunk) && count < chunk.positions.len() as u64 {
                let check = self.statements.check_unwritten(target.schema, &chunk, &types, sql.into_values())?;
                if let Some(existing) = check
                    && execute(target, purpose, &existing).await? > count
                {
                    return Err(Error::Stale { table: self.table.name });
                }
            }
        }
        Ok(())
    }

    /// Fetches rows that begin with their number in the chunk, and returns them with their positions in the batch.
    async fn fetch_numbered<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        sql: &Sql,
        chunk: &RowGroup,
    ) -> Result<Vec<(usize, T)>> {
        let rows: Vec<NumberedRow<T>> = fetch(target, self.purpose, sql).await.map_err(|error| {
            let is_unmatched = error.db_error().is_some_and(|db| db.message().contains(UNMATCHED));
            if is_unmatched { Error::Unmatched { table: self.table.name } } else { error }
        })?;
        let position = |number: i64| chunk.positions.get(usize::try_from(number - 1).ok()?).copied();
        Ok(rows.into_iter().map(|row| (position(row.number).unwrap_or(usize::MAX), row.row)).collect())
    }
}

/// A returned row with its number in the chunk, from one.
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
