//! Checks the pieces of SQL in tables before any of them becomes part of a statement. The derive checks those in attributes;
//! tables can also be built by hand.

use crate::schema::{DefaultValue, Indexed, Table};
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
        for part in index.parts {
            let Indexed::Expression(expression) = part.of else { continue };
            one(Fragment::Expression, Some(expression), || format!("an index expression of {name}"))?;
        }
        // The name of an operator class is quoted; its parameters are not.
        let parameters = |class: &'static str| class.find('(').map(|at| &class[at..]);
        for parameters in index.parts.iter().filter_map(|part| part.opclass.and_then(parameters)) {
            one(Fragment::Expression, Some(parameters), || format!("an opclass of {name}"))?;
        }
        one(Fragment::Expression, index.predicate, || format!("the `where` of an index of {name}"))?;
    }
    Ok(())
}

fn one(fragment: Fragment, text: Option<&str>, place: impl FnOnce() -> String) -> Result<(), DdlError> {
    match text.map(|text| fragment.of(text)) {
        Some(Err(source)) => Err(DdlError::Fragment { place: place(), source }),
        _ => Ok(()),
    }
}
