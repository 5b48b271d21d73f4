//! One batch of a backfill, in a transaction of its own, with the ledger's row.

use tokio_postgres::types::{ToSql, Type};

use crate::migrate::ledger::Checkpoint;
use crate::migrate::migration::operation::BackfillPlan;
use crate::migrate::apply::retry::Failure;
use crate::migrate::steps::backfill_key::{Key, table};
use crate::migrate::apply::transaction::Place;

/// Changes the rows after `checkpoint` in the open transaction; yields where it is then, and whether that is the end.
pub(crate) async fn fill(
    place: &Place<'_>,
    plan: &BackfillPlan,
    key: &Key,
    checkpoint: Option<&Checkpoint>,
) -> Result<(Checkpoint, bool), Failure> {
    // Values travel as text, so they must read back as they were written whatever the database's settings are.
    let settings = format!(
        "SET LOCAL search_path = {}, public, pg_temp; SET LOCAL datestyle = 'ISO, YMD'; \
         SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'",
        place.schema
    );
    place.client.batch_execute(&settings).await.map_err(|source| Failure::of(&settings, source))?;
    let so_far = checkpoint.cloned().unwrap_or_default();
    let (rows, last) = page(place, plan, key, checkpoint).await?;
    let is_end = rows < i64::from(plan.batch);

    let mut conditions = Vec::new();
    let mut values: Vec<&String> = Vec::new();
    if let Some(checkpoint) = checkpoint {
        conditions.push(key.compare(">", 1));
        values.extend(&checkpoint.after);
    }
    // The last batch takes what was inserted at the end meanwhile, too; and where there are no rows, PostgreSQL has read the
    // statement all the same.
    if let Some(last) = last.as_ref().filter(|_| !is_end) {
        conditions.push(key.compare("<=", 1 + values.len()));
        values.extend(last);
    }
    conditions.extend(plan.filter.iter().map(|filter| format!("({filter})")));
    let condition = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let sql = format!("UPDATE {} SET {}{condition}", table(plan), plan.set);
    let values: Vec<(&(dyn ToSql + Sync), Type)> =
        values.into_iter().map(|value| (value as &(dyn ToSql + Sync), Type::TEXT)).collect();
    let changed = place.client.execute_typed(&sql, &values).await.map_err(|source| Failure::of(&sql, source))?;
    let changed = i64::try_from(changed).unwrap_or(i64::MAX);
    let after = last.unwrap_or(so_far.after);
    Ok((Checkpoint { after, rows: so_far.rows + rows, changed: so_far.changed + changed }, is_end))
}

/// How many rows come next, a batch at most, and the key of the last of them.
async fn page(
    place: &Place<'_>,
    plan: &BackfillPlan,
    key: &Key,
    checkpoint: Option<&Checkpoint>,
) -> Result<(i64, Option<Vec<String>>), Failure> {
    let after = if checkpoint.is_some() { format!(" WHERE {}", key.compare(">", 1)) } else { String::new() };
    let sql = format!(
        "SELECT n, page FROM (SELECT pg_catalog.row_number() OVER () AS n, ARRAY[{}] AS page FROM \
         (SELECT {list} FROM {}{after} ORDER BY {list} LIMIT {}) AS keys) AS numbered ORDER BY n DESC LIMIT 1",
        key.texts(),
        table(plan),
        plan.batch,
        list = key.list(),
    );
    let values: Vec<(&(dyn ToSql + Sync), Type)> = checkpoint
        .iter()
        .flat_map(|checkpoint| &checkpoint.after)
        .map(|value| (value as &(dyn ToSql + Sync), Type::TEXT))
        .collect();
    let rows = place.client.query_typed(&sql, &values).await.map_err(|source| Failure::of(&sql, source))?;
    Ok(rows.first().map_or((0, None), |row| (row.get(0), Some(row.get(1)))))
}
