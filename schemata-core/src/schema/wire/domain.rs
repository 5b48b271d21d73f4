//! Domains: a value of a domain has the binary format of its base type, and PostgreSQL names one or the other by context. A
//! parameter of an INSERT is the domain, one of a comparison its base type, and a returned column the base type.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Kind, ToSql, Type};

use crate::param::Wire;
use crate::schema::column_type::ColumnType;

/// Returns the type that a domain is based on, or any other type itself.
pub(crate) fn base_type(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base_type(inner),
        _ => ty,
    }
}

/// Returns the type as which `T` reads and writes values of `ty`: `ty` itself if `T` accepts it, or else its base type.
pub(crate) fn accepted<T: ColumnType>(ty: &Type) -> &Type {
    if T::accepts(ty) { ty } else { base_type(ty) }
}

/// Returns whether `T` reads values of `ty`, by itself or as its base type; elements of arrays likewise.
pub fn reads<T: ColumnType>(ty: &Type) -> bool {
    T::accepts(ty) || plain(ty).is_some_and(|plain| T::accepts(&plain))
}

/// Decodes a value of a domain over the type of `T`, or of that type itself.
///
/// # Errors
/// Those of [`ColumnType::decode`].
pub fn decode_domain<T: ColumnType>(ty: &Type, raw: &[u8]) -> Wire<T> {
    T::decode(accepted::<T>(ty), raw)
}

/// Encodes a value for a domain over the type of `T`, or for that type itself.
///
/// # Errors
/// Those of [`ColumnType::encode`].
pub fn encode_domain<T: ColumnType>(value: &T, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    value.encode(accepted::<T>(ty), out)
}

/// Encodes by the driver's `ToSql`. A type that reads the base type of a domain called `name` and writes the domain alone, as the
/// derive of `postgres-types` makes it, gets that domain over the base type.
///
/// # Errors
/// If the type does not accept `ty`, and as for `to_sql`.
pub fn encode_by_driver<T: ToSql>(value: &T, ty: &Type, name: &str, out: &mut BytesMut) -> Wire<IsNull> {
    if T::accepts(ty) {
        return value.to_sql_checked(ty, out);
    }
    let named = |kind| Type::new(name.to_owned(), ty.oid(), kind, ty.schema().to_owned());
    let domain = named(Kind::Domain(ty.clone()));
    // A type that goes by the name alone is no domain.
    let is_domain = T::accepts(&domain) && !T::accepts(&named(Kind::Simple));
    value.to_sql_checked(if is_domain { &domain } else { ty }, out)
}

/// Returns the type without domains, if it has any.
fn plain(ty: &Type) -> Option<Type> {
    match ty.kind() {
        Kind::Domain(inner) => Some(plain(inner).unwrap_or_else(|| inner.clone())),
        Kind::Array(element) => {
            let element = plain(element)?;
            Some(Type::new(ty.name().to_owned(), ty.oid(), Kind::Array(element), ty.schema().to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::param::Value;

    fn domain(name: &str, over: Type) -> Type {
        Type::new(name.to_owned(), 90_000, Kind::Domain(over), "public".to_owned())
    }

    #[test]
    fn a_value_of_an_array_of_domains_is_an_array() {
        let emails =
            Type::new("_email".to_owned(), 90_001, Kind::Array(domain("email", Type::TEXT)), "public".to_owned());
        let mut out = BytesMut::new();
        vec!["a@b".to_owned()].bind(&emails, &mut out).expect("a domain over text takes text");
        assert!(vec![1_i32].bind(&emails, &mut BytesMut::new()).is_err(), "of another base type");
        assert_eq!(Vec::<String>::decode(accepted::<Vec<String>>(&emails), &out).expect("reads"), ["a@b"]);
    }

    #[test]
    fn a_domain_is_written_and_read_as_its_base_type() {
        let email = domain("email", domain("word", Type::TEXT));
        assert_eq!(*accepted::<String>(&email), Type::TEXT);
        assert_eq!(*accepted::<i32>(&email), Type::TEXT, "the refusal names the base type");
        let emails = Type::new("_email".to_owned(), 90_001, Kind::Array(email), "public".to_owned());
        assert!(reads::<Vec<String>>(&emails) && !reads::<Vec<i32>>(&emails));
        assert!(reads::<Vec<i32>>(&domain("grades", Type::INT4_ARRAY)));
    }
}
