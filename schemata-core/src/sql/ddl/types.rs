//! Writes the types of columns, and the enums, domains and composite types that have to exist first.

use crate::ident::{Ident, quoted};
use crate::param::TypeHome;
use crate::schema::{Attribute, Column, Domain, SqlType, Table, TypeKind};
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
    let sql = column.sql_type;
    written(schema.as_str(), &sql)
}

/// Returns a type's name as SQL. One that is created with the tables is qualified, by `schema` if it names none.
fn written(schema: &str, sql: &SqlType) -> String {
    let name = match sql.home() {
        TypeHome::Schema(own) => format!("{}.{}", quoted(own), quoted(sql.name)),
        TypeHome::Statement => format!("{}.{}", quoted(schema), quoted(sql.name)),
        TypeHome::SearchPath => sql.name.to_owned(),
    };
    if sql.array { name + "[]" } else { name }
}

/// Returns the type of the sequence that PostgreSQL would create for a `serial` column.
pub(super) fn sequence_type(column: &Column) -> &'static str {
    column.sql_type.name
}

/// A type that models use and that is created with them.
#[derive(Clone, Copy)]
pub(crate) struct CreatedType<'s> {
    /// Its schema.
    pub(crate) schema: &'s str,
    pub(crate) name: &'static str,
    pub(crate) definition: TypeDefinition,
}

/// What a created type is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TypeDefinition {
    /// An enum with its labels.
    Enum(&'static [&'static str]),
    Domain(&'static Domain),
    /// A composite type with its attributes.
    Composite(&'static [Attribute]),
}

impl CreatedType<'_> {
    /// Returns `CREATE TYPE …` or `CREATE DOMAIN …`.
    pub(crate) fn create(&self) -> String {
        let name = self.sql();
        match self.definition {
            TypeDefinition::Enum(labels) => format!("CREATE TYPE {name} AS ENUM ({})", literals(labels)),
            TypeDefinition::Domain(domain) => {
                let base = domain.declared.map_or_else(|| written(self.schema, &domain.base), str::to_owned);
                let checks = domain.checks.iter();
                let checks = checks.map(|check| format!(" CONSTRAINT {} CHECK ({})", quoted(check.name), check.sql));
                format!("CREATE DOMAIN {name} AS {base}{}", checks.collect::<String>())
            }
            TypeDefinition::Composite(attributes) => {
                let attribute = |of: &Attribute| {
                    let ty = of.declared.map_or_else(|| written(self.schema, &of.sql_type), str::to_owned);
                    format!("{} {ty}", quoted(of.name))
                };
                let attributes: Vec<String> = attributes.iter().map(attribute).collect();
                format!("CREATE TYPE {name} AS ({})", attributes.join(", "))
            }
        }
    }

    /// Returns a query for one row if the type exists, and for none otherwise. An enum must have these labels in this order, a
    /// composite type these attributes; `check` compares the rest.
    pub(crate) fn exists(&self) -> String {
        let alike = match self.definition {
            TypeDefinition::Enum(labels) => format!(
                "ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e \
                 WHERE e.enumtypid = y.oid ORDER BY e.enumsortorder) = ARRAY[{}]::text[]",
                literals(labels)
            ),
            TypeDefinition::Domain(_) => "y.typtype = 'd'".to_owned(),
            TypeDefinition::Composite(attributes) => {
                let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name).collect();
                format!(
                    "ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = y.typrelid \
                     AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) = ARRAY[{}]::text[]",
                    literals(&names)
                )
            }
        };
        format!(
            "SELECT FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace \
             WHERE n.nspname = {} AND y.typname = {} AND {alike}",
            quote_literal(self.schema),
            quote_literal(self.name)
        )
    }

    fn sql(&self) -> String {
        format!("{}.{}", quoted(self.schema), quoted(self.name))
    }
}

fn literals(labels: &[&str]) -> String {
    labels.iter().map(|label| quote_literal(label)).collect::<Vec<_>>().join(", ")
}

/// Returns the types that `tables` use and that are created with them, each once, and those that a type is made of before it. A
/// type that names no schema is in the schema of its table.
pub(crate) fn created_types<'s>(
    schema: &'s Ident,
    tables: &[&'static Table],
) -> Result<Vec<CreatedType<'s>>, DdlError> {
    let mut seen: Vec<CreatedType<'s>> = Vec::new();
    for table in tables {
        for column in table.columns {
            collect(table.schema.unwrap_or(schema.as_str()), &column.sql_type, &mut seen)?;
        }
    }
    Ok(seen)
}

fn collect<'s>(home: &'s str, sql: &SqlType, seen: &mut Vec<CreatedType<'s>>) -> Result<(), DdlError> {
    let (own, definition) = match sql.kind {
        TypeKind::Enum { schema, labels } => (schema, TypeDefinition::Enum(labels)),
        TypeKind::Domain { schema, domain } => {
            collect(home, &domain.base, seen)?;
            (schema, TypeDefinition::Domain(domain))
        }
        TypeKind::Composite { schema, attributes } => {
            attributes.iter().try_for_each(|attribute| collect(home, &attribute.sql_type, seen))?;
            (schema, TypeDefinition::Composite(attributes))
        }
        TypeKind::Existing | TypeKind::CheckedText { .. } | TypeKind::CheckedInteger { .. } => return Ok(()),
    };
    Ident::new(sql.name)?;
    let this = CreatedType { schema: own.unwrap_or(home), name: sql.name, definition };
    match seen.iter().find(|known| known.schema == this.schema && known.name == this.name) {
        None => seen.push(this),
        Some(first) if first.definition == definition => {}
        Some(first) => {
            return Err(match (first.definition, definition) {
                (TypeDefinition::Enum(one), TypeDefinition::Enum(other)) => {
                    DdlError::EnumConflict { name: first.sql(), first: one, second: other }
                }
                _ => DdlError::TypeConflict { name: first.sql(), first: first.create(), second: this.create() },
            });
        }
    }
    Ok(())
}
