//! Renames of tables and columns, which happen only where a model says `renamed_from`. A rename is never guessed, and a
//! `renamed_from` is never ignored.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, TableState, remove_blocked};
use crate::generate::desired_schema::DesiredSchema;
use crate::generate::diff::rename_order::{Rename, in_order};
use crate::generate::error::GenerateError;
use crate::generate::name_history::NameHistory;
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step_action::StepAction;
use crate::qualified_name::QualifiedName;
use crate::schema::Table;

/// Returns the renames from `before` to the models, tables first. `former` holds the names that the replay has seen.
pub(crate) fn renames(
    desired: &DesiredSchema<'_>,
    before: &Catalog,
    former: &NameHistory,
) -> Result<Vec<SchemaChange>, GenerateError> {
    let tables = tables(desired, before, former)?;
    let mut changes = Vec::new();
    let known: BTreeSet<String> = before.tables.values().map(|table| table.name.name.clone()).collect();
    let renames = tables.iter().map(|rename| {
        let QualifiedName { schema, name } = desired.name(rename.table);
        let from = rename.table.renamed_from.unwrap_or_default().to_owned();
        Rename { scope: schema.clone().unwrap_or_default(), from, to: name, object: schema }
    });
    for Rename { from, to, object: schema, .. } in in_order(renames.collect(), &known) {
        let table = QualifiedName { schema, name: from };
        changes.push(SchemaChange::Alter { table, action: StepAction::RenameTo(to) });
    }
    for table in desired.models {
        let key = desired.key(table);
        let old_key = tables.iter().find(|rename| rename.key == key).map_or(&key, |rename| &rename.old_key);
        if let Some(state) = before.tables.get(old_key) {
            changes.extend(columns(desired, table, old_key, state, former)?);
        }
    }
    Ok(changes)
}

/// A table to be renamed.
struct TableRename {
    table: &'static Table,
    key: String,
    old_key: String,
}

fn tables(
    desired: &DesiredSchema<'_>,
    before: &Catalog,
    former: &NameHistory,
) -> Result<Vec<TableRename>, GenerateError> {
    let mut renames: Vec<TableRename> = Vec::new();
    for table in desired.models {
        let Some(old) = table.renamed_from else { continue };
        let (key, old_key) = (desired.key(table), desired.name(table).sibling(old).to_string());
        match before.tables.contains_key(&old_key) {
            true if former.table_was(&key, &old_key) => {}
            true if renames.iter().any(|other| other.old_key == old_key) => {
                return Err(wrong(&key, old, "another model is renamed from it too: keep one of them"));
            }
            true => renames.push(TableRename { table, key, old_key }),
            // Before the first migration there are no names, and after a squash no former ones.
            false if before.tables.contains_key(&key) || before.tables.is_empty() => {}
            false => return Err(unknown(&key, old, "table", before.tables.keys())),
        }
    }
    let is_there = |key: &str| before.tables.contains_key(key);
    match remove_blocked(&mut renames, |rename| (&rename.old_key, &rename.key), is_there).first() {
        Some(blocked) => Err(both(&blocked.key, blocked.table.renamed_from.unwrap_or_default(), "tables")),
        None => Ok(renames),
    }
}

/// Returns the renames of the columns of a table, which is called `key` before them.
fn columns(
    desired: &DesiredSchema<'_>,
    table: &Table,
    key: &str,
    state: &TableState,
    former: &NameHistory,
) -> Result<Vec<SchemaChange>, GenerateError> {
    let mut renames: Vec<(&str, &str)> = Vec::new();
    for column in table.columns {
        let Some(old) = column.renamed_from else { continue };
        match state.columns.contains_key(old) {
            true if former.column_was(key, column.name, old) => {}
            true => renames.push((old, column.name)),
            false if state.columns.contains_key(column.name) => {}
            false => return Err(unknown(&format!("{key}.{}", column.name), old, "column", state.columns.keys())),
        }
    }
    let blocked = remove_blocked(&mut renames, |rename| *rename, |name| state.columns.contains_key(name));
    if let Some((old, new)) = blocked.first() {
        return Err(both(&format!("{key}.{new}"), old, "columns"));
    }
    let known =
        state.columns.keys().cloned().chain(table.columns.iter().map(|column| column.name.to_owned())).collect();
    let rename = |(from, to): (&str, &str)| {
        let (from, to) = (from.to_owned(), to.to_owned());
        Rename { scope: String::new(), from, to, object: () }
    };
    let ordered = in_order(renames.into_iter().map(rename).collect(), &known);
    let change = |Rename { from, to, .. }| SchemaChange::Alter {
        table: desired.name(table),
        action: StepAction::RenameColumn(from, to),
    };
    Ok(ordered.into_iter().map(change).collect())
}

fn wrong(what: &str, old: &str, why: impl Into<String>) -> GenerateError {
    GenerateError::FormerName { what: what.to_owned(), old: old.to_owned(), why: why.into() }
}

/// The error for two unknown names. The former name may be misspelt; ignoring it would turn the rename into a drop.
fn unknown<'n>(what: &str, old: &str, kind: &str, names: impl Iterator<Item = &'n String>) -> GenerateError {
    let names: Vec<&str> = names.map(String::as_str).collect();
    let why = format!(
        "the migrations have no {kind} of either name (they have {}): correct it, or remove it from a new {kind}",
        names.join(", ")
    );
    wrong(what, old, why)
}

/// The error for a former and a new name that both exist, where the new one is not given up.
fn both(what: &str, old: &str, kind: &str) -> GenerateError {
    let why = format!(
        "the migrations have both {kind}, and do not rename one to the other: remove `renamed_from` if that was done, \
         perhaps by a squash; otherwise rename or drop the one with the new name first"
    );
    wrong(what, old, why)
}
