//! Checks names: PostgreSQL must store each unchanged, and none may be given twice.

use std::collections::HashSet;

use proc_macro2::Span;

use crate::diag::Diagnostics;
use crate::ir::Model;
use crate::names::refusal;

/// Checks every name in the struct.
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    check_name("the table", &model.name.text, model.name.span, diag);
    if let Some(schema) = &model.schema {
        check_name("the schema", &schema.text, schema.span, diag);
    }
    let mut columns: HashSet<&str> = HashSet::new();
    for column in &model.columns {
        let name = &column.name;
        check_name("the column", &name.text, name.span, diag);
        if !columns.insert(&name.text) {
            diag.error(name.span, format!("two columns are called `{}`: rename one of them", name.text));
        }
    }
    former_names(model, diag);
    unmanaged(model, diag);
    let uniques = model.uniques.iter().filter_map(|unique| unique.name.get());
    let indexes = model.indexes.iter().filter_map(|index| index.name.get());
    let checks = model.checks.iter().map(|check| &check.name);
    let keys = model.foreign_keys.iter().filter_map(|key| key.name.get()).chain(model.primary_key.name.get());
    let excludes = model.excludes.iter().filter_map(|exclude| exclude.name.get());
    let mut constraints: HashSet<String> = HashSet::new();
    for name in uniques.chain(indexes).chain(checks).chain(keys).chain(excludes) {
        let text = name.value();
        check_name("the constraint", &text, name.span(), diag);
        if !constraints.insert(text.clone()) {
            diag.error(name.span(), format!("two constraints or indexes are called `{text}`: rename one of them"));
        }
    }
}

/// Checks the names in `unmanaged(…)`. Properties of a column with a field are declared on the field.
fn unmanaged(model: &Model, diag: &mut Diagnostics) {
    for object in &model.unmanaged {
        let Some(name) = &object.name else { continue };
        let text = name.value();
        check_name(&format!("the {}", object.key), &text, name.span(), diag);
        if object.variant == "Column" && model.columns.iter().any(|column| column.name.text == text) {
            let message = format!(
                "`{text}` has a field: write on it what is left to the database, like `#[column(unmanaged(default))]`, or \
                 remove the field"
            );
            diag.error(name.span(), message);
        }
    }
}

/// Checks `renamed_from`: no two objects can have had the same name, nor can the name still be in use.
fn former_names(model: &Model, diag: &mut Diagnostics) {
    let own = model.renamed_from.as_ref().map(|old| (&model.name, old, "the table"));
    let columns =
        model.columns.iter().filter_map(|column| Some((&column.name, column.renamed_from.as_ref()?, "the column")));
    for (name, old, what) in own.into_iter().chain(columns) {
        check_name(what, &old.text, old.span, diag);
        if name.text == old.text {
            let message = format!("{what} is called `{}` now: `renamed_from` takes its former name", old.text);
            diag.error(old.span, message);
        }
    }
    let mut taken: HashSet<&str> = HashSet::new();
    for old in model.columns.iter().filter_map(|column| column.renamed_from.as_ref()) {
        if !taken.insert(&old.text) {
            diag.error(old.span, format!("two columns were called `{}` before: leave one of them", old.text));
        }
    }
}

fn check_name(what: &str, name: &str, span: Span, diag: &mut Diagnostics) {
    if let Some(message) = refusal(what, name) {
        diag.error(span, message);
    }
}
