//! Checks single columns, and the primary key as a whole.

use crate::check::sql_type;
use crate::diag::Diagnostics;
use crate::ir::Model;

/// The number of columns a key can have: the core crate accepts tuples of up to this many members as keys.
const MOST_KEY_COLUMNS: usize = 6;

/// Checks the key and each column.
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    match model.key().count() {
        0 if model.keyless.is_none() => {
            let message = format!(
                "`{}` has no primary key: write `#[column(primary_key)]` on the field that is, or `#[table(keyless)]` if the \
                 table has none",
                model.ident
            );
            diag.error(model.ident.span(), message);
        }
        parts if parts > MOST_KEY_COLUMNS => {
            let message = format!("a primary key has {MOST_KEY_COLUMNS} columns at most: number the rows instead");
            diag.error(model.ident.span(), message);
        }
        _ => check_keyless(model, diag),
    }
    for column in &model.columns {
        if let (Some((_, at)), true) = (&column.options.not_null, column.primary_key) {
            diag.error(*at, "a primary key is NOT NULL by itself: remove `not_null`");
        }
        if let Some(sql_type) = &column.sql_type
            && let Err(message) = sql_type::check(&sql_type.value())
        {
            diag.error(sql_type.span(), message);
        }
        for part in column.unmanaged.iter().filter(|part| part.variant == "Generated") {
            if !column.is_generated() {
                let message = "a column whose expression is left to the database still is a generated one: add \
                               `generated = \"…\"`, or leave the whole column to the database, by \
                               `#[table(unmanaged(column = \"…\"))]`";
                diag.error(part.key.span(), message);
            }
        }
    }
}

/// Checks that a keyless model names no key, and has something to read.
fn check_keyless(model: &Model, diag: &mut Diagnostics) {
    let Some(at) = model.keyless else { return };
    if model.key().next().is_some() || model.primary_key.name.is_set() {
        diag.error(at, "a `keyless` table has no primary key: remove `keyless`, or `primary_key`");
    } else if model.columns.is_empty() && model.groups.is_empty() {
        diag.error(model.ident.span(), "a table has at least one column: write a field");
    }
}

#[cfg(test)]
mod tests {
    use crate::derive::table_model;

    #[test]
    fn a_key_has_one_to_six_columns() {
        let refused = |parts: usize| {
            let fields: Vec<String> = (0..parts).map(|at| format!("#[column(primary_key)] k{at}: i32, ")).collect();
            let fields = fields.concat();
            let model = format!("#[table(name = \"t\")] struct T {{ {fields} note: String }}");
            let output = table_model(model.parse().expect("tokens")).to_string();
            output.contains("has no primary key") || output.contains("a primary key has 6 columns at most")
        };
        assert_eq!([0, 1, 6, 7, 8].map(refused), [true, false, false, true, true]);
    }
}
