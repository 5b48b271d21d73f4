//! Checks single columns, and the primary key as a whole.

use crate::check::sql_type;
use crate::diag::Diagnostics;
use crate::ir::Model;

/// The number of columns a key can have: the core crate accepts tuples of up to this many members as keys.
const MOST_KEY_COLUMNS: usize = 6;

/// Checks the key and each column.
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    match model.key().count() {
        0 => diag.error(
            model.ident.span(),
            format!("`{}` has no primary key: write `#[column(primary_key)]` on the field that is", model.ident),
        ),
        parts if parts > MOST_KEY_COLUMNS => {
            let message = format!("a primary key has {MOST_KEY_COLUMNS} columns at most: number the rows instead");
            diag.error(model.ident.span(), message);
        }
        _ => {}
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
