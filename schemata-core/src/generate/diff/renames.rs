//! What was called otherwise: only where a model says so with `renamed_from`, and the replay has the old name and lacks the
//! new one. Nothing is ever guessed.

use crate::catalog::Catalog;
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::target::{TableName, Target};

/// The renames from `before` to the models, tables first.
pub(crate) fn renames(target: &Target<'_>, before: &Catalog) -> Vec<Change> {
    let (mut of_tables, mut of_columns) = (Vec::new(), Vec::new());
    for table in target.models {
        let key = target.key(table);
        let schema = table.schema.filter(|schema| *schema != target.main.as_str()).map(str::to_owned);
        let name = TableName { schema, name: table.name.to_owned() };
        let old_key = table.renamed_from.map(|old| match &name.schema {
            Some(schema) => format!("{schema}.{old}"),
            None => old.to_owned(),
        });
        let state = match (before.tables.get(&key), old_key.as_ref().and_then(|old| before.tables.get(old))) {
            (Some(state), _) => state,
            (None, Some(state)) => {
                let old = TableName { name: table.renamed_from.unwrap_or_default().to_owned(), ..name.clone() };
                of_tables.push(Change::Alter { table: old, action: Action::RenameTo(table.name.to_owned()) });
                state
            }
            (None, None) => continue,
        };
        let mut taken: Vec<&str> = Vec::new();
        for column in table.columns {
            let Some(old) = column.renamed_from else { continue };
            if state.columns.contains_key(old) && !state.columns.contains_key(column.name) && !taken.contains(&old) {
                taken.push(old);
                let action = Action::RenameColumn(old.to_owned(), column.name.to_owned());
                of_columns.push(Change::Alter { table: name.clone(), action });
            }
        }
    }
    of_tables.extend(of_columns);
    of_tables
}
