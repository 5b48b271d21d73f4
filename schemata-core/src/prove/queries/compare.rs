//! Compares a prepared statement with the signature of its function.

use tokio_postgres::types::Type;
use tokio_postgres::{Column, Statement};

use crate::checked::{CheckedQuery, ColumnShape, ColumnShapes, ParameterShape, Returns};
use crate::prove::queries::nullability::Nullability;
use crate::prove::queries::table_columns::TableColumns;
use crate::prove::queries::type_names::{base, fits, implied_name, rust_name, sql_name};

/// Returns what is wrong, one text for each problem.
pub(crate) fn problems(query: &CheckedQuery, sql: &str, statement: &Statement, known: &TableColumns) -> Vec<String> {
    let source = &query.source;
    let parameters = source.parameters.iter().zip(statement.params());
    let mut found: Vec<String> = parameters.filter_map(|(shape, ty)| parameter(shape, ty)).collect();
    if source.returns == Returns::Affected {
        if !statement.columns().is_empty() {
            found.push(
                "the statement returns rows, and `u64` is the number of rows that it affects: return what it lists, for example \
                 `-> i64` for a count"
                    .to_owned(),
            );
        }
        return found;
    }
    let mut shapes = ColumnShapes::default();
    (source.row)(&mut shapes, None);
    let (shapes, columns) = (shapes.columns, statement.columns());
    if columns.is_empty() {
        found.push(format!(
            "the statement returns no rows, but the function returns `{}`: list columns after RETURNING, or return `u64`, the number \
             of affected rows",
            source.rust
        ));
    } else if columns.len() != shapes.len() {
        found.push(count(source.rust, &shapes, columns));
    } else {
        let nullability = Nullability::of(query, sql, columns, known);
        // Of a model whose columns do not fit, the first one is enough.
        let mut told = None;
        for (at, (shape, returned)) in shapes.iter().zip(columns).enumerate() {
            let is_null = (!nullability.is_never_null(at)).then(|| nullability.reason(at));
            let problem = column(at, shape, returned, is_null).filter(|_| shape.model.is_none() || shape.model != told);
            if problem.is_some() {
                told = shape.model;
            }
            found.extend(problem);
        }
    }
    found
}

fn parameter(shape: &ParameterShape, ty: &Type) -> Option<String> {
    if (shape.accepts)(base(ty)) {
        return None;
    }
    let (name, rust, sql) = (shape.name, shape.rust, implied_name(&shape.sql));
    let instead = rust_name(ty).map_or_else(String::new, |other| format!("make it {}, or ", quoted(&other)));
    Some(format!(
        "parameter `{name}` is `{rust}` ({sql}), but PostgreSQL takes {} there: {instead}cast it in the text, `{{{name}}}::{sql}`",
        sql_name(ty)
    ))
}

fn count(rust: &str, shapes: &[ColumnShape], columns: &[Column]) -> String {
    let (returned, read) = (columns.len(), shapes.len());
    let unmatched = if returned > read {
        format!("`{}` is the first that is not read", columns[read].name())
    } else {
        let missing = &shapes[returned];
        let what = missing.name.map_or_else(|| format!("column {}", returned + 1), |name| format!("`{name}`"));
        let owner = missing.owner.as_ref().map_or_else(String::new, |owner| format!(" of `{owner}`"));
        format!("{what}{owner} is the first that is missing")
    };
    let plural = if returned == 1 { "" } else { "s" };
    format!(
        "the statement returns {returned} column{plural}, but `{rust}` reads {read}: {unmatched}; list exactly the columns that are read"
    )
}

/// Compares one column. `null` is why it can be NULL, if it can.
fn column(at: usize, shape: &ColumnShape, returned: &Column, null: Option<&'static str>) -> Option<String> {
    let (number, name, ty) = (at + 1, returned.name(), returned.type_());
    let field = shape.name.zip(shape.owner.as_ref()).map(|(field, owner)| format!("`{field}` of `{owner}`"));
    if let (Some(expected), Some(field)) = (shape.name.filter(|expected| *expected != name), &field) {
        let instead = match &shape.owner {
            Some(model) if shape.model.is_some() => {
                format!("list the columns of `{model}` by `{{{model}::*}}`, or by `{{alias.*}}`")
            }
            _ => format!("list the columns in the order of the fields, or write AS \"{expected}\""),
        };
        return Some(format!("column {number} is called `{name}`, but {field} is read there: {instead}"));
    }
    let rust = shape.rust.as_ref().map_or_else(|| implied_name(&shape.sql), |rust| format!("`{rust}`"));
    let read_as = field.map_or_else(|| rust.clone(), |field| format!("{field}, {rust}"));
    if !shape.accepts.map_or_else(|| fits(&shape.sql, ty), |accepts| accepts(base(ty))) {
        let instead = rust_name(ty).filter(|_| shape.model.is_none()).map_or_else(String::new, |rust| {
            format!("read {}, or ", quoted(&if shape.nullable { format!("Option<{rust}>") } else { rust }))
        });
        let (ty, sql) = (sql_name(ty), implied_name(&shape.sql));
        return Some(format!(
            "column {number}, `{name}`, is {ty}, but is read as {read_as}: {instead}cast it in the text, `…::{sql}`"
        ));
    }
    let reason = null.filter(|_| !shape.nullable)?;
    let instead = match (&shape.rust, &shape.owner) {
        (None, Some(model)) => format!("read `Option<{model}>`"),
        (rust, _) => {
            let rust = rust.as_deref().unwrap_or("T");
            format!("read `Option<{rust}>`, or write AS \"{name}!\" if it never is")
        }
    };
    Some(format!("column {number}, `{name}`, is read as {read_as}, but can be NULL, since {reason}: {instead}"))
}

/// Puts the name of a type in code quotes; a description has its own.
fn quoted(rust: &str) -> String {
    if rust.contains('`') { rust.to_owned() } else { format!("`{rust}`") }
}
