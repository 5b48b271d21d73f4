//! Compares an index that exists with the one a migration defines: PostgreSQL builds the latter on an empty copy of the
//! table, and both are compared as its catalog describes them.

use tokio_postgres::types::Type;

use crate::ident::quoted;
use crate::migrate::apply::retry::AttemptFailure;
use crate::migrate::apply::transaction::{RunContext, open, roll_back};

/// Returns whether index `found` is what this definition would make. Needs the privilege to create temporary tables.
pub(crate) async fn is_same(
    context: &RunContext<'_>,
    found: u32,
    (schema, table): (&str, &str),
    definition: &str,
    unique: bool,
) -> Result<bool, AttemptFailure> {
    open(context).await?;
    let (schema, table) = (quoted(schema), quoted(table));
    // The copy has the table's name, so that expressions that name the table are understood.
    let sql = format!(
        "SET LOCAL search_path = {0}, public, pg_temp; CREATE TEMPORARY TABLE {table} (LIKE {schema}.{table}); \
         CREATE {1}INDEX schemata_same_index ON pg_temp.{table} {definition}",
        context.schema,
        if unique { "UNIQUE " } else { "" }
    );
    let session = context.session();
    session.run(&sql).await?;
    let row = session.query_opt("comparing the index", include_str!("same_index.sql"), &[(&found, Type::OID)]).await?;
    let is_same = row.is_some_and(|row| row.get("is_same"));
    roll_back(context).await?;
    Ok(is_same)
}
