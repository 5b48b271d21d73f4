//! Names that PostgreSQL cannot keep, and names that stand twice.

use std::collections::HashMap;

use proc_macro2::Span;

use crate::diag::Diagnostics;
use crate::ir::Model;
use crate::names::refusal;

/// Checks every name the struct gives.
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    check_name("the table", &model.name.text, model.name.span, diag);
    if let Some(schema) = &model.schema {
        check_name("the schema", &schema.text, schema.span, diag);
    }
    let mut columns: HashMap<&str, ()> = HashMap::new();
    for column in &model.columns {
        let name = &column.name;
        check_name("the column", &name.text, name.span, diag);
        if columns.insert(&name.text, ()).is_some() {
            diag.error(name.span, format!("two columns are called `{}`: rename one of them", name.text));
        }
    }
    let uniques = model.uniques.iter().filter_map(|unique| unique.name.get());
    let indexes = model.indexes.iter().filter_map(|index| index.name.get());
    let checks = model.checks.iter().map(|check| &check.name);
    let keys = model.foreign_keys.iter().filter_map(|key| key.name.get());
    let mut constraints: HashMap<String, ()> = HashMap::new();
    for name in uniques.chain(indexes).chain(checks).chain(keys) {
        let text = name.value();
        check_name("the constraint", &text, name.span(), diag);
        if constraints.insert(text.clone(), ()).is_some() {
            diag.error(name.span(), format!("two constraints or indexes are called `{text}`: rename one of them"));
        }
    }
}

fn check_name(what: &str, name: &str, span: Span, diag: &mut Diagnostics) {
    if let Some(message) = refusal(what, name) {
        diag.error(span, message);
    }
}
