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
    // A column or parameter of a domain is described by its base type, and a composite type by its name.
    if let TypeKind::Domain { domain, .. } = sql.kind {
        return fits(&domain.base, ty);
    }
    if sql.row {
        return matches!(element.kind(), Kind::Composite(_)) && element.name() == sql.name;
    }
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
        Type::CIDR => "pg::Cidr",
        Type::MACADDR => "pg::MacAddr",
        Type::MACADDR8 => "pg::MacAddr8",
        Type::BIT | Type::VARBIT => "pg::Bits",
        Type::MONEY => "pg::Money",
        Type::OID => "pg::Oid",
        Type::XID8 => "pg::Xid8",
        Type::PG_LSN => "pg::Lsn",
        Type::CHAR => "pg::Char",
        Type::TIMETZ => "pg::TimeTz",
        Type::XML => "pg::Xml",
        Type::JSONPATH => "pg::JsonPath",
        Type::POINT => "pg::Point",
        Type::TSQUERY => "pg::TsQuery",
        Type::TS_VECTOR => "schema::TsVector",
        Type::INTERVAL => "schema::Interval",
        _ => {
            return match base(ty).kind() {
                Kind::Array(element) => rust_name(element).map(|element| format!("Vec<{element}>")),
                Kind::Range(element) => rust_name(element).map(|element| format!("pg::Range<{element}>")),
                Kind::Multirange(element) => rust_name(element).map(|element| format!("pg::Multirange<{element}>")),
                Kind::Enum(_) => Some("an enum with `#[derive(PgEnum)]`".to_owned()),
                Kind::Composite(_) => Some("a struct with `#[derive(PgComposite)]`".to_owned()),
                _ => None,
            };
        }
    };
    Some(name.to_owned())
}
