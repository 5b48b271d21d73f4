//! Column types as text, and the enum types that have to exist before them.

use crate::ident::{Ident, quoted};
use crate::schema::{Column, Table, TypeKind};
use crate::sql::ddl::error::DdlError;
use crate::sql::literal::quote_literal;

/// The type of `column`, as CREATE TABLE takes it. Enum types are qualified: `schema` is where unqualified ones live.
pub(crate) fn column_type(schema: &Ident, column: &Column) -> String {
    if let Some(declared) = column.declared {
        return declared.to_owned();
    }
    let sql = &column.sql_type;
    let name = match sql.kind {
        TypeKind::Enum { schema: own, .. } => {
            format!("{}.{}", quoted(own.unwrap_or(schema.as_str())), quoted(sql.name))
        }
        _ => sql.name.to_owned(),
    };
    if sql.array { name + "[]" } else { name }
}

/// `CREATE TYPE … AS ENUM` for every enum that `tables` use, each once. An enum without a schema of its own lives where
/// its table does.
pub(super) fn create(schema: &Ident, tables: &[&'static Table]) -> Result<Vec<String>, DdlError> {
    let mut seen: Vec<(String, &'static [&'static str])> = Vec::new();
    for table in tables {
        for column in table.columns {
            let TypeKind::Enum { schema: own, labels } = column.sql_type.kind else { continue };
            let home = own.or(table.schema).unwrap_or(schema.as_str());
            let name = format!("{}.{}", quoted(home), Ident::new(column.sql_type.name)?);
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
