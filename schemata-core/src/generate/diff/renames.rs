//! Renames of tables and columns, which happen only where a model says `renamed_from`. A rename is never guessed, and a
//! `renamed_from` is never ignored.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, TableState};
use crate::generate::diff::order::{Rename, in_order, possible};
use crate::generate::error::GenerateError;
use crate::generate::name_history::NameHistory;
use crate::generate::steps::action::Action;
use crate::generate::steps::change::Change;
use crate::generate::target::{TableName, Target};
use crate::schema::Table;

/// Returns the renames from `before` to the models, tables first. `former` holds the names that the replay has seen.
pub(crate) fn renames(
    target: &Target<'_>,
    before: &Catalog,
    former: &NameHistory,
) -> Result<Vec<Change>, GenerateError> {
    let tables = tables(target, before, former)?;
    let mut changes = Vec::new();
    let known: BTreeSet<String> = before.tables.values().map(|table| table.name.clone()).collect();
    let wanted = tables.iter().map(|wanted| {
        let TableName { schema, name } = target.name(wanted.table);
        let from = wanted.table.renamed_from.unwrap_or_default().to_owned();
        Rename { scope: schema.clone().unwrap_or_default(), from, to: name, what: schema }
    });
    for Rename { from, to, what, .. } in in_order(wanted.collect(), &known) {
        let table = TableName { schema: what, name: from };
        changes.push(Change::Alter { table, action: Action::RenameTo(to) });
    }
    for table in target.models {
        let key = target.key(table);
        let old_key = tables.iter().find(|wanted| wanted.key == key).map_or(&key, |wanted| &wanted.old_key);
        if let Some(state) = before.tables.get(old_key) {
            changes.extend(columns(target, table, old_key, state, former)?);
        }
    }
    Ok(changes)
}

/// A table to be renamed.
struct Wanted {
    table: &'static Table,
    key: String,
    old_key: String,
}

fn tables(target: &Target<'_>, before: &Catalog, former: &NameHistory) -> Result<Vec<Wanted>, GenerateError> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for table in target.models {
        let Some(old) = table.renamed_from else { continue };
        let (key, old_key) = (target.key(table), TableName { name: old.to_owned(), ..target.name(table) }.key());
        let is_there = before.tables.contains_key(&key);
        match before.tables.contains_key(&old_key) {
            true if former.table_was(&key, &old_key) => {}
            true if wanted.iter().any(|other| other.old_key == old_key) => {
                return Err(wrong(&key, old, "another model is renamed from it too: keep one of them"));
            }
            true => wanted.push(Wanted { table, key, old_key }),
            // A first migration knows no names, and a squash no former ones.
            false if is_there || before.tables.is_empty() => {}
            false => return Err(unknown(&key, old, "table", before.tables.keys())),
        }
    }
    let others = possible(&mut wanted, |one| (&one.old_key, &one.key), |key| before.tables.contains_key(key));
    match others.first() {
        Some(other) => Err(both(&other.key, other.table.renamed_from.unwrap_or_default(), "tables")),
        None => Ok(wanted),
    }
}

/// The renames of the columns of a table, which is called `key` before them.
fn columns(
    target: &Target<'_>,
    table: &Table,
    key: &str,
    state: &TableState,
    former: &NameHistory,
) -> Result<Vec<Change>, GenerateError> {
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for column in table.columns {
        let Some(old) = column.renamed_from else { continue };
        match state.columns.contains_key(old) {
            true if former.column_was(key, column.name, old) => {}
            true => wanted.push((old, column.name)),
            false if state.columns.contains_key(column.name) => {}
            false => return Err(unknown(&format!("{key}.{}", column.name), old, "column", state.columns.keys())),
        }
    }
    let others = possible(&mut wanted, |(old, new)| (old, new), |name| state.columns.contains_key(name));
    if let Some((old, new)) = others.first() {
        return Err(both(&format!("{key}.{new}"), old, "columns"));
    }
    let known =
        state.columns.keys().cloned().chain(table.columns.iter().map(|column| column.name.to_owned())).collect();
    let rename = |(from, to): (&str, &str)| {
        let (from, to) = (from.to_owned(), to.to_owned());
        Rename { scope: String::new(), from, to, what: () }
    };
    let ordered = in_order(wanted.into_iter().map(rename).collect(), &known);
    let change =
        |Rename { from, to, .. }| Change::Alter { table: target.name(table), action: Action::RenameColumn(from, to) };
    Ok(ordered.into_iter().map(change).collect())
}

fn wrong(what: &str, old: &str, why: impl Into<String>) -> GenerateError {
    GenerateError::FormerName { what: what.to_owned(), old: old.to_owned(), why: why.into() }
}

/// The error for two unknown names. The former one may be misspelt, and the rename would become a drop.
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
