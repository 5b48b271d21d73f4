//! Indexes as text, as people write them: without `USING btree`.

use crate::catalog::IndexState;
use crate::generate::steps::schema_change::SchemaChange;
use crate::qualified_name::QualifiedName;

/// Returns the statement that creates an index in a transaction.
pub(crate) fn plain_index(table: &QualifiedName, name: &str, state: &IndexState) -> SchemaChange {
    let definition = index_definition(state);
    SchemaChange::CreateIndex { table: table.clone(), name: name.to_owned(), unique: state.unique, definition }
}

/// Returns what follows the table's name in CREATE INDEX.
pub(crate) fn index_definition(state: &IndexState) -> String {
    let rest = state.definition.strip_prefix("UNIQUE ").unwrap_or(&state.definition);
    rest.strip_prefix("btree ").map_or_else(|| format!("USING {rest}"), str::to_owned)
}
