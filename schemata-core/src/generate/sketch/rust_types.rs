//! Rust types for the types of columns: the reverse of the mapping in `schema`.

use std::net::IpAddr;

use crate::catalog::{BaseType, ColumnState, TableState, TypeClass};
use crate::schema::type_name::{TypeName, short_type};
use crate::schema::{ColumnType, DefaultValue, Interval, Literal, LiteralKinds, SqlType, TsVector, pg};

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
#[expect(clippy::large_enum_variant, reason = "there are few of them, and none is kept")]
pub(crate) enum Element {
    Plain(Plain),
    /// The enum at this place among the enums.
    Enum(usize),
    /// The domain or composite type at this place among those.
    Created(usize),
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
        _ => return own(name),
    })
}

/// Returns the library's own type for a name in `pg_type`. It is written with its path, since a struct may have its name.
fn own(name: &str) -> Option<Plain> {
    Some(match name {
        "cidr" => plain("schemata::pg::Cidr", pg::Cidr::SQL_TYPE),
        "macaddr" => plain("schemata::pg::MacAddr", pg::MacAddr::SQL_TYPE),
        "macaddr8" => plain("schemata::pg::MacAddr8", pg::MacAddr8::SQL_TYPE),
        "bit" | "varbit" => plain("schemata::pg::Bits", pg::Bits::SQL_TYPE),
        "money" => plain("schemata::pg::Money", pg::Money::SQL_TYPE),
        "oid" => plain("schemata::pg::Oid", pg::Oid::SQL_TYPE),
        "xid8" => plain("schemata::pg::Xid8", pg::Xid8::SQL_TYPE),
        "pg_lsn" => plain("schemata::pg::Lsn", pg::Lsn::SQL_TYPE),
        "char" => plain("schemata::pg::Char", pg::Char::SQL_TYPE),
        "timetz" => plain("schemata::pg::TimeTz", pg::TimeTz::SQL_TYPE),
        "xml" => plain("schemata::pg::Xml", pg::Xml::SQL_TYPE),
        "jsonpath" => plain("schemata::pg::JsonPath", pg::JsonPath::SQL_TYPE),
        "point" => plain("schemata::pg::Point", pg::Point::SQL_TYPE),
        "line" => plain("schemata::pg::Line", pg::Line::SQL_TYPE),
        "lseg" => plain("schemata::pg::LineSegment", pg::LineSegment::SQL_TYPE),
        "box" => plain("schemata::pg::Rectangle", pg::Rectangle::SQL_TYPE),
        "path" => plain("schemata::pg::Path", pg::Path::SQL_TYPE),
        "polygon" => plain("schemata::pg::Polygon", pg::Polygon::SQL_TYPE),
        "circle" => plain("schemata::pg::Circle", pg::Circle::SQL_TYPE),
        "tsquery" => plain("schemata::pg::TsQuery", pg::TsQuery::SQL_TYPE),
        "tsvector" => plain("schemata::schema::TsVector", TsVector::SQL_TYPE),
        "interval" => plain("schemata::schema::Interval", Interval::SQL_TYPE),
        "hstore" => plain("schemata::pg::Hstore", pg::Hstore::SQL_TYPE),
        "ltree" => plain("schemata::pg::Ltree", pg::Ltree::SQL_TYPE),
        "lquery" => plain("schemata::pg::Lquery", pg::Lquery::SQL_TYPE),
        "ltxtquery" => plain("schemata::pg::Ltxtquery", pg::Ltxtquery::SQL_TYPE),
        "vector" => plain("schemata::pg::Vector", pg::Vector::SQL_TYPE),
        "halfvec" => plain("schemata::pg::HalfVector", pg::HalfVector::SQL_TYPE),
        "geometry" => plain("schemata::pg::Geometry", pg::Geometry::SQL_TYPE),
        "geography" => plain("schemata::pg::Geography", pg::Geography::SQL_TYPE),
        "int4range" => plain("schemata::pg::Range<i32>", <pg::Range<i32>>::SQL_TYPE),
        "int8range" => plain("schemata::pg::Range<i64>", <pg::Range<i64>>::SQL_TYPE),
        "int4multirange" => plain("schemata::pg::Multirange<i32>", <pg::Multirange<i32>>::SQL_TYPE),
        "int8multirange" => plain("schemata::pg::Multirange<i64>", <pg::Multirange<i64>>::SQL_TYPE),
        #[cfg(feature = "decimal")]
        "numrange" => plain("schemata::pg::Range<Decimal>", <pg::Range<rust_decimal::Decimal>>::SQL_TYPE)
            .from("rust_decimal", &["Decimal"]),
        #[cfg(feature = "chrono")]
        "daterange" => plain("schemata::pg::Range<NaiveDate>", <pg::Range<chrono::NaiveDate>>::SQL_TYPE)
            .from("chrono", &["NaiveDate"]),
        #[cfg(feature = "chrono")]
        "tsrange" => plain("schemata::pg::Range<NaiveDateTime>", <pg::Range<chrono::NaiveDateTime>>::SQL_TYPE)
            .from("chrono", &["NaiveDateTime"]),
        #[cfg(feature = "chrono")]
        "tstzrange" => {
            plain("schemata::pg::Range<DateTime<Utc>>", <pg::Range<chrono::DateTime<chrono::Utc>>>::SQL_TYPE)
                .from("chrono", &["DateTime", "Utc"])
        }
        _ => return None,
    })
}

/// The types of extensions among them. When tables are created, the migrated schema and `public` are on the search path; an
/// extension elsewhere is not found.
const OF_EXTENSIONS: &[&str] =
    &["citext", "hstore", "ltree", "lquery", "ltxtquery", "vector", "halfvec", "geometry", "geography"];

/// Returns the type of a column, and the `sql_type` if the field has to name one. `declared` finds a type that models declare.
pub(crate) fn column(
    state: &ColumnState,
    declared: impl Fn(&BaseType) -> Option<Element>,
) -> Option<(RustType, Option<String>)> {
    rust_type(&state.base, &state.sql_type, declared)
}

/// The same for a type that PostgreSQL prints as `sql_type`.
pub(crate) fn rust_type(
    base: &BaseType,
    sql_type: &str,
    declared: impl Fn(&BaseType) -> Option<Element>,
) -> Option<(RustType, Option<String>)> {
    let array = base.array;
    if base.kind.is_declared() {
        return Some((RustType { element: declared(base)?, array }, None));
    }
    let mut spelled = short_type(sql_type);
    let name = base.name.name.as_str();
    let is_own = match base.name.schema.as_deref() {
        Some("pg_catalog") => true,
        None | Some("public") => OF_EXTENSIONS.contains(&name),
        Some(_) => false,
    };
    let is_one = matches!(base.kind, TypeClass::Base | TypeClass::Range);
    let plain = known(name).filter(|_| is_own && is_one)?;
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
            (_, true) | (Element::Created(_), _) => LiteralKinds::NONE,
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
