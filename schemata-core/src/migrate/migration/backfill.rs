//! Changing the rows of a large table in batches.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use crate::ident::Ident;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::operation::{BackfillPlan, Operation, OperationKind};
use crate::migrate::migration::step_error::{MigrationResult, StepError};
use crate::sql::fragment::{Fragment, FragmentError};

/// Rows a batch, unless told.
const BATCH: u32 = 5_000;

/// An UPDATE in batches; `await` does it.
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
    /// each commit by themselves; the migration runs step by step then.
    ///
    /// How far it is stands in the ledger, committed with each batch: after a crash it goes on where it was, and no row before
    /// that is changed twice. Rows that others insert meanwhile with a lower key are not seen: let the application, or the
    /// column's default, give them their value first.
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

    /// Which rows to change, as SQL: `status IS NULL`. All of them, unless told.
    pub fn filter(mut self, condition: &str) -> Self {
        match Fragment::Expression.of(condition) {
            Ok(condition) => self.filter = Some(condition),
            Err(fault) => _ = self.fault.get_or_insert(fault),
        }
        self
    }

    /// How many rows a batch goes past, at most; 5,000 unless told.
    pub fn batch(mut self, rows: u32) -> Self {
        self.batch = rows.max(1);
        self
    }

    async fn fill(self) -> Result<(), StepError> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        let table = Ident::new(self.table)?;
        let schema = self.migration.schema().clone();
        let set = self.set.join(", ");
        let condition = self.filter.as_ref().map_or(String::new(), |filter| format!(" WHERE ({filter})"));
        // How large the batches are does not change what the migration does: comments are not part of the checksum.
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

impl<'m, 'c: 'm> IntoFuture for Backfill<'m, 'c> {
    type Output = MigrationResult;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'm>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.fill().await?) })
    }
}
