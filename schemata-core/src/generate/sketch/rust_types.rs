//! Rust types for the types of columns: the reverse of the mapping in `schema`.

use std::net::IpAddr;

use crate::catalog::{ColumnState, TableState, TypeClass};
use crate::qualified_name::QualifiedName;
use crate::schema::type_name::{TypeName, short_type};
use crate::schema::{ColumnType, DefaultValue, Literal, LiteralKinds, SqlType};

/// A Rust type of the library's mapping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plain {
    /// The type's source text.
    pub(crate) rust: &'static str,
    /// The path that it comes from, and the names that are imported from it.
    pub(crate) import: Option<(&'static str, &'static [&'static str])>,
    pub(crate) sql: SqlType,
}

/// The type of a field, without its `Option`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RustType {
    pub(crate) element: Element,
    pub(crate) array: bool,
}

impl RustType {
    /// Returns whether it is an integer. PostgreSQL compares integers of different types.
    pub(crate) fn is_integer(&self) -> bool {
        !self.array && matches!(&self.element, Element::Plain(plain) if ["i16", "i32", "i64"].contains(&plain.rust))
    }
}

/// The type of a value, or of the values of an array.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Element {
    Plain(Plain),
    /// The enum at this place among the enums.
    Enum(usize),
}

const fn plain(rust: &'static str, sql: SqlType) -> Plain {
    Plain { rust, import: None, sql }
}

impl Plain {
    #[cfg(any(feature = "chrono", feature = "uuid", feature = "decimal"))]
    const fn from(mut self, path: &'static str, names: &'static [&'static str]) -> Self {
        self.import = Some((path, names));
        self
    }
}

/// Returns the Rust type for a name in `pg_type`.
fn known(name: &str) -> Option<Plain> {
    Some(match name {
        "bool" => plain("bool", bool::SQL_TYPE),
        "int2" => plain("i16", i16::SQL_TYPE),
        "int4" => plain("i32", i32::SQL_TYPE),
        "int8" => plain("i64", i64::SQL_TYPE),
        "float4" => plain("f32", f32::SQL_TYPE),
        "float8" => plain("f64", f64::SQL_TYPE),
        "text" | "varchar" | "bpchar" | "name" | "citext" => plain("String", String::SQL_TYPE),
        "bytea" => plain("Vec<u8>", Vec::<u8>::SQL_TYPE),
        "inet" => Plain { import: Some(("std::net", &["IpAddr"])), ..plain("IpAddr", IpAddr::SQL_TYPE) },
        #[cfg(feature = "uuid")]
        "uuid" => plain("Uuid", uuid::Uuid::SQL_TYPE).from("uuid", &["Uuid"]),
        #[cfg(feature = "decimal")]
        "numeric" => plain("Decimal", rust_decimal::Decimal::SQL_TYPE).from("rust_decimal", &["Decimal"]),
        #[cfg(feature = "chrono")]
        "timestamptz" => {
            plain("DateTime<Utc>", chrono::DateTime::<chrono::Utc>::SQL_TYPE).from("chrono", &["DateTime", "Utc"])
        }
        #[cfg(feature = "chrono")]
        "date" => plain("NaiveDate", chrono::NaiveDate::SQL_TYPE).from("chrono", &["NaiveDate"]),
        #[cfg(feature = "chrono")]
        "time" => plain("NaiveTime", chrono::NaiveTime::SQL_TYPE).from("chrono", &["NaiveTime"]),
        #[cfg(feature = "chrono")]
        "timestamp" => plain("NaiveDateTime", chrono::NaiveDateTime::SQL_TYPE).from("chrono", &["NaiveDateTime"]),
        #[cfg(feature = "json")]
        "json" | "jsonb" => plain("serde_json::Value", serde_json::Value::SQL_TYPE),
        _ => return None,
    })
}

/// Returns the type of a column, and the `sql_type` if the field has to name one. `enums` finds the place of an enum type.
pub(crate) fn column(
    state: &ColumnState,
    enums: impl Fn(&QualifiedName) -> Option<usize>,
) -> Option<(RustType, Option<String>)> {
    let (base, array) = (&state.base, state.base.array);
    if base.kind == TypeClass::Enum {
        return Some((RustType { element: Element::Enum(enums(&base.name)?), array }, None));
    }
    let mut spelled = short_type(&state.sql_type);
    // When tables are created, the migrated schema and `public` are on the search path; an extension elsewhere is not found.
    let is_found = ["citext", "public.citext"].contains(&spelled.trim_end_matches("[]"));
    let name = base.name.name.as_str();
    let is_own = base.name.schema.as_deref() == Some("pg_catalog") || name == "citext" && is_found;
    let plain = known(name).filter(|_| is_own && base.kind == TypeClass::Base)?;
    if name == "citext" {
        spelled = String::from(if array { "citext[]" } else { "citext" });
    }
    // An attribute cannot express `numeric(5,-2)` (PostgreSQL 15).
    if spelled.contains('-') {
        return None;
    }
    let implied = format!("{}{}", plain.sql.name, if array { "[]" } else { "" });
    let declared = (plain.sql.explicit || spelled != implied).then_some(spelled);
    Some((RustType { element: Element::Plain(plain), array }, declared))
}

impl RustType {
    /// Returns whether a model's `sql_type` is one that this type may have.
    pub(crate) fn fits(&self, declared: &str) -> bool {
        let declared = TypeName::read(declared);
        let Element::Plain(plain) = &self.element else { return false };
        let names = [plain.sql.name];
        self.array == declared.array && names.iter().chain(plain.sql.also).any(|name| declared.is_called(name))
    }

    /// Returns whether a model's default is one that this type may have.
    pub(crate) fn takes(&self, default: &DefaultValue) -> bool {
        let kinds = match (&self.element, self.array) {
            (_, true) => LiteralKinds::NONE,
            (Element::Enum(_), _) => LiteralKinds::TEXT,
            (Element::Plain(plain), _) => plain.sql.literals,
        };
        match default {
            DefaultValue::Sql(_) => true,
            DefaultValue::Literal(Literal::Boolean(_)) => kinds.boolean,
            DefaultValue::Literal(Literal::Integer(value)) => {
                kinds.integer.is_some_and(|(least, greatest)| (least..=greatest).contains(value))
            }
            DefaultValue::Literal(Literal::Float(_)) => kinds.float,
            DefaultValue::Literal(Literal::Text(_)) => kinds.text,
        }
    }
}

/// Returns the types that PostgreSQL casts to in expressions on a table's columns.
pub(crate) fn type_of(state: &TableState) -> impl Fn(&str) -> Option<String> {
    |name| state.columns.get(name).map(cast)
}

/// Returns the type that PostgreSQL casts a literal to when it prints a default.
pub(crate) fn cast(state: &ColumnState) -> String {
    let read = TypeName::read(&state.sql_type);
    let name = read.spelled() + if read.array { "[]" } else { "" };
    // `character` without a length would be `character(1)`.
    if name == "character" { "bpchar".to_owned() } else { name }
}
