//! Writes the types of columns, and the enum types that have to exist first.

use crate::ident::{Ident, quoted};
use crate::schema::{Column, Table, TypeKind};
use crate::sql::ddl::error::DdlError;
use crate::sql::literal::quote_literal;

/// Returns the serial type that creates a column of this integer type with its sequence.
pub(crate) fn serial_type(integer: &str) -> &'static str {
    match integer {
        "smallint" => "smallserial",
        "integer" => "serial",
        _ => "bigserial",
    }
}

/// Returns the type of `column` for CREATE TABLE. Enum types are qualified, by `schema` if they name none.
pub(crate) fn column_type(schema: &Ident, column: &Column) -> String {
    if column.serial && column.sequence.is_none() {
        return serial_type(column.sql_type.name).to_owned();
    }
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

/// Returns the type of the sequence that PostgreSQL would create for a `serial` column.
pub(super) fn sequence_type(column: &Column) -> &'static str {
    column.sql_type.name
}

/// An enum type that models use.
pub(crate) struct EnumType<'s> {
    /// Its schema.
    pub(crate) schema: &'s str,
    pub(crate) name: Ident,
    pub(crate) labels: &'static [&'static str],
}

impl EnumType<'_> {
    /// Returns `CREATE TYPE … AS ENUM`.
    pub(crate) fn create(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(|label| quote_literal(label)).collect();
        format!("CREATE TYPE {} AS ENUM ({})", self.sql(), labels.join(", "))
    }

    /// Returns a query for one row if the type exists with these labels in this order, and for none otherwise.
    pub(crate) fn exists(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(|label| quote_literal(label)).collect();
        format!(
            "SELECT FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace \
             WHERE n.nspname = {} AND y.typname = {} AND ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e \
             WHERE e.enumtypid = y.oid ORDER BY e.enumsortorder) = ARRAY[{}]::text[]",
            quote_literal(self.schema),
            quote_literal(self.name.as_str()),
            labels.join(", ")
        )
    }

    fn sql(&self) -> String {
        format!("{}.{}", quoted(self.schema), self.name)
    }
}

/// Returns the enums that `tables` use, each once. An enum that names no schema is in the schema of its table.
pub(crate) fn enums<'s>(schema: &'s Ident, tables: &[&'static Table]) -> Result<Vec<EnumType<'s>>, DdlError> {
    let mut seen: Vec<EnumType<'s>> = Vec::new();
    for table in tables {
        for column in table.columns {
            let TypeKind::Enum { schema: own, labels } = column.sql_type.kind else { continue };
            let home = own.or(table.schema).unwrap_or(schema.as_str());
            let name = Ident::new(column.sql_type.name)?;
            match seen.iter().find(|known| known.schema == home && known.name == name) {
                None => seen.push(EnumType { schema: home, name, labels }),
                Some(first) if first.labels == labels => {}
                Some(first) => {
                    return Err(DdlError::EnumConflict { name: first.sql(), first: first.labels, second: labels });
                }
            }
        }
    }
    Ok(seen)
}
