//! One batch of a backfill, in a transaction of its own together with the ledger's row.

use tokio_postgres::types::Type;

use crate::migrate::apply::retry::AttemptFailure;
use crate::migrate::apply::transaction::RunContext;
use crate::migrate::error::StepwiseError;
use crate::migrate::ledger::Checkpoint;
use crate::migrate::migration::operation::BackfillPlan;
use crate::migrate::session::TypedValue;
use crate::migrate::steps::backfill_key::{BackfillKey, table};

/// Changes the rows after `checkpoint` in the open transaction. Returns the next checkpoint, and whether the backfill
/// is done.
pub(crate) async fn fill(
    context: &RunContext<'_>,
    plan: &BackfillPlan,
    key: &BackfillKey,
    checkpoint: Option<&Checkpoint>,
) -> Result<(Checkpoint, bool), AttemptFailure> {
    // Keys travel as text, so they must read back as they were written whatever the database's settings are.
    let settings = format!(
        "SET LOCAL search_path = {}, public, pg_temp; SET LOCAL datestyle = 'ISO, YMD'; \
         SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'",
        context.schema
    );
    context.session().run(&settings).await?;
    let so_far = checkpoint.cloned().unwrap_or_default();
    let (rows, last) = page(context, plan, key, checkpoint).await?;
    let is_end = rows < i64::from(plan.batch);

    let mut conditions = Vec::new();
    let mut values: Vec<&String> = Vec::new();
    if let Some(checkpoint) = checkpoint {
        conditions.push(key.compare(">", 1));
        values.extend(&checkpoint.after);
    }
    // The last batch has no upper bound: it also changes rows that were inserted at the end meanwhile. And without any rows,
    // PostgreSQL still checks the statement.
    if let Some(last) = last.as_ref().filter(|_| !is_end) {
        conditions.push(key.compare("<=", 1 + values.len()));
        values.extend(last);
    }
    conditions.extend(plan.filter.iter().map(|filter| format!("({filter})")));
    let condition = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let sql = format!("UPDATE {} SET {}{condition}", table(plan), plan.set);
    let changed = context.session().run_with(&sql, &texts(values)).await?;
    let changed = i64::try_from(changed).unwrap_or(i64::MAX);
    let after = last.unwrap_or(so_far.after);
    Ok((Checkpoint { after, rows: so_far.rows + rows, changed: so_far.changed + changed }, is_end))
}

/// Returns the number of rows in the next batch, and the key of the last of them.
async fn page(
    context: &RunContext<'_>,
    plan: &BackfillPlan,
    key: &BackfillKey,
    checkpoint: Option<&Checkpoint>,
) -> Result<(i64, Option<Vec<String>>), AttemptFailure> {
    let after = if checkpoint.is_some() { format!("WHERE {}", key.compare(">", 1)) } else { String::new() };
    let sql = format!(
        "SELECT n, last
        FROM (
            SELECT pg_catalog.row_number() OVER () AS n, ARRAY[{}] AS last
            FROM (SELECT {list} FROM {} {after} ORDER BY {list} LIMIT {}) AS keys
        ) AS numbered
        ORDER BY n DESC
        LIMIT 1",
        key.texts(),
        table(plan),
        plan.batch,
        list = key.list(),
    );
    let values = texts(checkpoint.iter().flat_map(|checkpoint| &checkpoint.after));
    let row = context.session().query_opt("reading the keys of the next batch", &sql, &values).await?;
    let Some(row) = row else { return Ok((0, None)) };
    // Somebody may have dropped NOT NULL meanwhile.
    let last: Option<Vec<String>> = row.get::<_, Vec<Option<String>>>("last").into_iter().collect();
    match last {
        Some(last) => Ok((row.get("n"), Some(last))),
        None => Err(AttemptFailure::without_statement(StepwiseError::NoKey { table: plan.table.clone() })),
    }
}

fn texts<'v>(values: impl IntoIterator<Item = &'v String>) -> Vec<TypedValue<'v>> {
    values.into_iter().map(|value| -> TypedValue<'v> { (value, Type::TEXT) }).collect()
}
