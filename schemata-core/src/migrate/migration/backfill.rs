//! `m.backfill(…)`: changes the rows of a large table in batches.

use crate::ident::Ident;
use crate::migrate::migration::awaitable::awaitable;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::operation::{BackfillPlan, Operation, OperationKind};
use crate::migrate::migration::step_error::StepError;
use crate::sql::fragment::Fragment;
use crate::sql::fragment_error::FragmentError;

/// The default number of rows per batch.
const BATCH: u32 = 5_000;

/// An UPDATE in batches; `await` runs it.
#[derive(Debug)]
#[must_use = "nothing is changed until this is awaited"]
pub struct Backfill<'m, 'c> {
    migration: &'m mut Migration<'c>,
    table: String,
    set: Vec<String>,
    filter: Option<String>,
    batch: u32,
    /// The first piece of SQL that is not a single piece of its kind.
    fault: Option<FragmentError>,
}

impl<'c> Migration<'c> {
    /// Changes rows of a table in the order of its primary key (or another unique key that cannot be NULL), in batches that
    /// each commit by themselves. The migration then runs step by step.
    ///
    /// Each batch commits its position in the ledger: after a crash, the next run resumes there, and no row is changed
    /// twice. Rows that others insert meanwhile with a lower key are not visited: first let the application, or the
    /// column's default, set their value.
    pub fn backfill(&mut self, table: &str) -> Backfill<'_, 'c> {
        Backfill { migration: self, table: table.to_owned(), set: Vec::new(), filter: None, batch: BATCH, fault: None }
    }
}

impl Backfill<'_, '_> {
    /// Sets columns by SQL, like `status = 'pending'`. To set several columns, pass a list, or call this several times.
    pub fn set(mut self, assignment: &str) -> Self {
        match Fragment::Assignment.of(assignment) {
            Ok(assignment) => self.set.push(assignment),
            Err(fault) => _ = self.fault.get_or_insert(fault),
        }
        self
    }

    /// Limits the rows to change by SQL, like `status IS NULL`. By default, all rows are changed.
    pub fn filter(mut self, condition: &str) -> Self {
        match Fragment::Expression.of(condition) {
            Ok(condition) => self.filter = Some(condition),
            Err(fault) => _ = self.fault.get_or_insert(fault),
        }
        self
    }

    /// Sets the largest number of rows per batch; 5,000 by default.
    pub fn batch(mut self, rows: u32) -> Self {
        self.batch = rows.max(1);
        self
    }

    async fn run(self) -> Result<(), StepError> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        let table = Ident::new(self.table)?;
        let schema = self.migration.schema().clone();
        let set = self.set.join(", ");
        let condition = self.filter.as_ref().map_or(String::new(), |filter| format!(" WHERE ({filter})"));
        // The size of the batches does not change what the migration does: comments are not part of the checksum.
        let text = format!("UPDATE {schema}.{table} SET {set}{condition} /* in batches of {} */", self.batch);
        let plan = BackfillPlan {
            schema: schema.as_str().to_owned(),
            table: table.as_str().to_owned(),
            set,
            filter: self.filter,
            batch: self.batch,
        };
        self.migration.step([Operation::of(OperationKind::Backfill(plan), text)]).await
    }
}

awaitable!(Backfill, run);
