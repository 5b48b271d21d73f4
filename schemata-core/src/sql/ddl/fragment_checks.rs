//! Checks the pieces of SQL in tables before any of them becomes part of a statement. The derive checks those in attributes;
//! tables can also be built by hand.

use crate::schema::{DefaultValue, ExcludePart, IndexPart, Indexed, Table};
use crate::sql::ddl::error::DdlError;
use crate::sql::fragment::Fragment;

/// Refuses a piece of SQL of `table` that is more than one piece of its kind.
pub(super) fn check(table: &Table) -> Result<(), DdlError> {
    let name = table.name;
    for column in table.columns {
        let of = |what: &str| format!("the {what} of {name}.{}", column.name);
        let default = match column.default {
            Some(DefaultValue::Sql(expression)) => Some(expression),
            _ => None,
        };
        one(Fragment::Type, column.declared, || of("sql_type"))?;
        one(Fragment::Expression, default, || of("default_sql"))?;
        one(Fragment::Expression, column.generated, || of("generated"))?;
        one(Fragment::Expression, column.on_update, || of("on_update"))?;
    }
    for check in table.checks {
        one(Fragment::Expression, Some(check.sql), || format!("check {} of {name}", check.name))?;
    }
    for index in table.indexes {
        index.parts.iter().try_for_each(|part| check_part(name, part))?;
        one(Fragment::Expression, index.predicate, || format!("the `where` of an index of {name}"))?;
    }
    for exclude in table.excludes {
        for ExcludePart { part, operator, .. } in exclude.parts {
            check_part(name, part)?;
            if !is_operator(operator) {
                return Err(DdlError::Operator { table: name, operator });
            }
        }
        one(Fragment::Expression, exclude.predicate, || format!("the `where` of an exclusion constraint of {name}"))?;
    }
    Ok(())
}

fn check_part(table: &str, part: &IndexPart) -> Result<(), DdlError> {
    if let Indexed::Expression(expression) = part.of {
        one(Fragment::Expression, Some(expression), || format!("an index expression of {table}"))?;
    }
    // The name of an operator class is quoted; its parameters are not.
    let parameters = part.opclass.and_then(|class| class.find('(').map(|at| &class[at..]));
    one(Fragment::Expression, parameters, || format!("an opclass of {table}"))
}

/// Returns whether `text` is an operator, like `&&`, and not the beginning of a comment.
fn is_operator(text: &str) -> bool {
    let letters = |letter: char| "+-*/<>=~!@#%^&|`?".contains(letter);
    !text.is_empty() && text.chars().all(letters) && !text.contains("--") && !text.contains("/*")
}

fn one(fragment: Fragment, text: Option<&str>, place: impl FnOnce() -> String) -> Result<(), DdlError> {
    match text.map(|text| fragment.of(text)) {
        Some(Err(source)) => Err(DdlError::Fragment { place: place(), source }),
        _ => Ok(()),
    }
}
