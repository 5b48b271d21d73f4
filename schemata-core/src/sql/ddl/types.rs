//! Column types as text, and the enum types that have to exist before them.

use crate::ident::{Ident, write_quoted};
use crate::schema::{Column, Table, TypeKind};
use crate::sql::ddl::DdlError;
use crate::sql::literal::quote_literal;

/// The type of `column`, as CREATE TABLE takes it. Enum types are qualified: `schema` is where unqualified ones live.
pub(super) fn column_type(schema: &Ident, column: &Column) -> String {
    if let Some(declared) = column.declared {
        return declared.to_owned();
    }
    let sql = &column.sql_type;
    let mut text = String::new();
    if let TypeKind::Enum { schema: own, .. } = sql.kind {
        write_quoted(&mut text, own.unwrap_or(schema.as_str())).expect("writing to a String cannot fail");
        text.push('.');
        write_quoted(&mut text, sql.name).expect("writing to a String cannot fail");
    } else {
        text.push_str(sql.name);
    }
    if sql.array {
        text.push_str("[]");
    }
    text
}

/// `CREATE TYPE … AS ENUM` for every enum that `tables` use, each once. An enum without a schema of its own lives where
/// its table does.
pub(super) fn create(schema: &Ident, tables: &[&'static Table]) -> Result<Vec<String>, DdlError> {
    let mut seen: Vec<(String, &'static [&'static str])> = Vec::new();
    for table in tables {
        for column in table.columns {
            let TypeKind::Enum { schema: own, labels } = column.sql_type.kind else { continue };
            let home = own.or(table.schema).unwrap_or(schema.as_str());
            let mut name = String::new();
            write_quoted(&mut name, home).expect("writing to a String cannot fail");
            name.push('.');
            write_quoted(&mut name, Ident::new(column.sql_type.name)?.as_str()).expect("as above");
            match seen.iter().find(|(known, _)| *known == name) {
                None => seen.push((name, labels)),
                Some((_, first)) if *first == labels => {}
                Some((_, first)) => return Err(DdlError::EnumConflict { name, first, second: labels }),
            }
        }
    }
    Ok(seen
        .into_iter()
        .map(|(name, labels)| {
            let labels: Vec<String> = labels.iter().map(|label| quote_literal(label)).collect();
            format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", "))
        })
        .collect())
}
