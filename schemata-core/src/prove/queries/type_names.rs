//! Types in words: PostgreSQL's names, and the Rust types that hold them.

use tokio_postgres::types::{Kind, Type};

use crate::schema::type_name::short_type;
use crate::schema::{SqlType, TypeKind};

/// Returns the type that a domain is based on, or the type itself.
pub(crate) fn base(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        _ => ty,
    }
}

/// Returns a type's name as SQL writes it.
pub(crate) fn sql_name(ty: &Type) -> String {
    match ty.kind() {
        Kind::Array(element) => sql_name(element) + "[]",
        Kind::Domain(inner) => format!("{}, a domain of {}", ty.name(), sql_name(inner)),
        // The one-byte type, which is not `character`.
        _ if *ty == Type::CHAR => "\"char\"".to_owned(),
        _ => short_type(ty.name()),
    }
}

/// Returns the name of the type that a Rust type implies.
pub(crate) fn implied_name(sql: &SqlType) -> String {
    format!("{}{}", sql.name, if sql.array { "[]" } else { "" })
}

/// Returns whether values of `ty` fit a column of the type `sql`, by name.
pub(crate) fn fits(sql: &SqlType, ty: &Type) -> bool {
    let element = match (sql.array, base(ty).kind()) {
        (true, Kind::Array(element)) => element,
        (false, Kind::Array(_)) | (true, _) => return false,
        (false, _) => base(ty),
    };
    if let TypeKind::Enum { .. } = sql.kind {
        return matches!(element.kind(), Kind::Enum(_)) && element.name() == sql.name;
    }
    let name = sql_name(element);
    std::iter::once(&sql.name).chain(sql.also).any(|known| short_type(known) == name || *known == name)
}

/// Returns the Rust type that holds every value of `ty`, if it is one of the library's.
pub(crate) fn rust_name(ty: &Type) -> Option<String> {
    let name = match *base(ty) {
        Type::BOOL => "bool",
        Type::INT2 => "i16",
        Type::INT4 => "i32",
        Type::INT8 => "i64",
        Type::FLOAT4 => "f32",
        Type::FLOAT8 => "f64",
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => "String",
        Type::BYTEA => "Vec<u8>",
        Type::UUID => "Uuid",
        Type::NUMERIC => "Decimal",
        Type::TIMESTAMPTZ => "DateTime<Utc>",
        Type::TIMESTAMP => "NaiveDateTime",
        Type::DATE => "NaiveDate",
        Type::TIME => "NaiveTime",
        Type::JSON | Type::JSONB => "serde_json::Value",
        Type::INET => "IpAddr",
        _ => {
            return match base(ty).kind() {
                Kind::Array(element) => rust_name(element).map(|element| format!("Vec<{element}>")),
                Kind::Enum(_) => Some("an enum with `#[derive(PgEnum)]`".to_owned()),
                _ => None,
            };
        }
    };
    Some(name.to_owned())
}
