//! Builds and drops indexes concurrently. Doing it again after an interruption has the same result as doing it once.

use tokio_postgres::types::Type;

use crate::ident::quoted;
use crate::migrate::apply::retry::AttemptFailure;
use crate::migrate::apply::transaction::{RunContext, run_outside};
use crate::migrate::error::StepwiseError;
use crate::migrate::migration::operation::ConcurrentIndex;
use crate::migrate::session::TypedValue;
use crate::migrate::steps::empty_table::build_at_once;
use crate::migrate::steps::same_index::is_same;

/// An index of the catalog.
struct CatalogIndex {
    oid: u32,
    name: String,
    is_valid: bool,
    table: String,
    definition: String,
}

/// Builds or drops the index, by the statement `text`. `begun` says that this migration tried before.
pub(crate) async fn apply(
    context: &RunContext<'_>,
    index: &ConcurrentIndex,
    text: &str,
    begun: bool,
) -> Result<(), AttemptFailure> {
    match index {
        ConcurrentIndex::Create { schema, name, table, definition, unique } => {
            let known = list(context, schema, name).await?;
            for leftover in known.iter().filter(|known| !known.is_valid && known.table == *table) {
                remove(context, schema, &leftover.name).await?;
            }
            let same_name = known.iter().find(|known| known.name == *name && (known.is_valid || known.table != *table));
            let Some(found) = same_name else {
                let unique = if *unique { "UNIQUE " } else { "" };
                let on = format!("{}.{}", quoted(schema), quoted(table));
                let plain = format!("CREATE {unique}INDEX {} ON {on} {definition}", quoted(name));
                let is_built = build_at_once(context, (schema, table), &plain).await?;
                return if is_built { Ok(()) } else { build(context, schema, name, text).await };
            };
            if found.table == *table && is_same(context, found.oid, (schema, table), definition, *unique).await? {
                return Ok(());
            }
            let found = found.definition.clone();
            Err(AttemptFailure::without_statement(StepwiseError::OtherIndex { name: name.clone(), found }))
        }
        ConcurrentIndex::Drop { schema, name } => {
            let is_gone = begun && list(context, schema, name).await?.is_empty();
            if is_gone { Ok(()) } else { run_outside(context, text).await }
        }
    }
}

/// Removes what a failed build of index `name` of `schema` left behind.
pub(crate) async fn clean(context: &RunContext<'_>, schema: &str, name: &str) -> Result<(), AttemptFailure> {
    for leftover in list(context, schema, name).await?.iter().filter(|known| !known.is_valid) {
        remove(context, schema, &leftover.name).await?;
    }
    Ok(())
}

async fn build(context: &RunContext<'_>, schema: &str, name: &str, text: &str) -> Result<(), AttemptFailure> {
    let built = run_outside(context, text).await;
    if built.is_err() {
        // An invalid index slows down every write. If it cannot be removed now, the next run does it.
        let _ = clean(context, schema, name).await;
    }
    built
}

async fn remove(context: &RunContext<'_>, schema: &str, name: &str) -> Result<(), AttemptFailure> {
    run_outside(context, &format!("DROP INDEX CONCURRENTLY IF EXISTS {}.{}", quoted(schema), quoted(name))).await
}

async fn list(context: &RunContext<'_>, schema: &str, name: &str) -> Result<Vec<CatalogIndex>, AttemptFailure> {
    let values: [TypedValue<'_>; 2] = [(&schema, Type::TEXT), (&name, Type::TEXT)];
    let rows = context.session().query("looking up the index", include_str!("concurrent_index.sql"), &values).await?;
    let indexes = rows.iter().map(|row| CatalogIndex {
        oid: row.get("oid"),
        name: row.get("name"),
        is_valid: row.get("is_valid"),
        table: row.get("table_name"),
        definition: row.get("definition"),
    });
    Ok(indexes.collect())
}
