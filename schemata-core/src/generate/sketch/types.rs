//! Columns' types as Rust types: the mapping of `schema/mapping.rs`, read from the other side.

use std::net::IpAddr;

use crate::catalog::{ColumnState, TableState, TypeClass};
use crate::generate::text::words::{parts, short_type};
use crate::schema::{ColumnType, DefaultValue, Literal, LiteralKinds, SqlType};

/// A Rust type that stands for a PostgreSQL type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plain {
    /// As it is written.
    pub(crate) rust: &'static str,
    /// Where it comes from: a path, and what is imported of it.
    pub(crate) import: Option<(&'static str, &'static [&'static str])>,
    pub(crate) sql: SqlType,
}

/// The type of a field, without its `Option`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RustType {
    pub(crate) element: Element,
    pub(crate) array: bool,
}

/// The type of a value, or of the values of an array.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Element {
    Plain(Plain),
    /// The enum at this place.
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

/// What stands for the type that `pg_type` calls so; `None` where nothing does.
fn of(name: &str) -> Option<Plain> {
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

/// The type of a column, and the `sql_type` it has to name, where it has to. `enums` finds the place of an enum type.
pub(crate) fn column(
    state: &ColumnState,
    enums: impl Fn(&str, &str) -> Option<usize>,
) -> Option<(RustType, Option<String>)> {
    let (base, array) = (&state.base, state.base.array);
    if base.kind == TypeClass::Enum {
        return Some((RustType { element: Element::Enum(enums(&base.schema, &base.name)?), array }, None));
    }
    let mut spelled = short_type(&state.sql_type);
    // Where tables are made, the migrated schema and `public` are on the path: an extension elsewhere is not found.
    let is_found = ["citext", "public.citext"].contains(&spelled.trim_end_matches("[]"));
    let own = base.schema == "pg_catalog" || base.name == "citext" && is_found;
    let plain = of(&base.name).filter(|_| own && base.kind == TypeClass::Base)?;
    if base.name == "citext" {
        spelled = String::from(if array { "citext[]" } else { "citext" });
    }
    // `numeric(5,-2)` (PostgreSQL 15) is more than an attribute can say.
    if spelled.contains('-') {
        return None;
    }
    let implied = format!("{}{}", plain.sql.name, if array { "[]" } else { "" });
    let declared = (plain.sql.explicit || spelled != implied).then_some(spelled);
    Some((RustType { element: Element::Plain(plain), array }, declared))
}

impl RustType {
    /// Whether a model's `sql_type` is one that this type may have.
    pub(crate) fn is_spelled(&self, declared: &str) -> bool {
        let base = parts(declared.trim_end_matches("[]")).0.trim().to_ascii_lowercase();
        let Element::Plain(plain) = &self.element else { return false };
        self.array == declared.ends_with("[]") && (base == plain.sql.name || plain.sql.also.contains(&base.as_str()))
    }

    /// Whether a model's default is one that this type may have.
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

/// What PostgreSQL casts to, in expressions on a table's columns.
pub(crate) fn type_of(state: &TableState) -> impl Fn(&str) -> Option<String> {
    |name| state.columns.get(name).map(cast)
}

/// What PostgreSQL casts a literal of the type to, when it prints a default.
pub(crate) fn cast(state: &ColumnState) -> String {
    let name = parts(&state.sql_type).0;
    // Without a length, `character` would mean one.
    if name == "character" { "bpchar".to_owned() } else { name }
}
