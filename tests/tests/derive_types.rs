//! Enums and newtypes: labels, types, encoding and decoding.
#![allow(missing_docs)]

use schemata::schema::{ColumnType, TypeKind};
use schemata::{Newtype, PgEnum, TextEnum};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, Kind, ToSql, Type};

#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
#[column(name = "order_status", schema = "sales")]
enum Status {
    Pending,
    #[column(name = "on its way")]
    Shipped,
    ReturnedByPost,
}

#[derive(Debug, Clone, Copy, PartialEq, TextEnum)]
enum Size {
    Small,
    ExtraLarge,
}

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Email(String);

fn enum_type(name: &str) -> Type {
    Type::new(name.to_owned(), 99_999, Kind::Enum(vec!["pending".to_owned()]), "other".to_owned())
}

fn round_trip<T: ToSql + for<'a> FromSql<'a>>(value: &T, ty: &Type) -> T {
    let mut out = BytesMut::new();
    value.to_sql_checked(ty, &mut out).expect("encodes");
    T::from_sql(ty, &out).expect("decodes")
}

#[test]
fn labels_are_snake_case_unless_named() {
    let labels = ["pending", "on its way", "returned_by_post"].as_slice();
    assert_eq!(Status::SQL_TYPE.kind, TypeKind::Enum { schema: Some("sales"), labels });
    assert_eq!(Status::SQL_TYPE.name, "order_status");
    assert_eq!(Status::Shipped.as_str(), "on its way");
    assert_eq!(Size::SQL_TYPE.kind, TypeKind::CheckedText { labels: &["small", "extra_large"] });
}

#[test]
fn values_survive_the_wire() {
    for status in [Status::Pending, Status::Shipped, Status::ReturnedByPost] {
        assert_eq!(round_trip(&status, &enum_type("order_status")), status);
    }
    assert_eq!(round_trip(&Size::ExtraLarge, &Type::VARCHAR), Size::ExtraLarge);
    assert_eq!(round_trip(&Email("a@b".to_owned()), &Type::TEXT), Email::from("a@b".to_owned()));
    let many = vec![Status::Shipped, Status::Pending];
    let array =
        Type::new("_order_status".to_owned(), 99_998, Kind::Array(enum_type("order_status")), "other".to_owned());
    assert_eq!(round_trip(&many, &array), many);
}

#[test]
fn an_unknown_label_is_an_error_that_names_it() {
    let error = Status::from_sql(&enum_type("order_status"), b"lost").expect_err("no such label");
    assert!(error.to_string().contains("\"lost\""), "{error}");
    assert!(Size::from_sql(&Type::TEXT, b"huge").is_err());
    assert!(Size::from_sql(&Type::TEXT, b"\xff").is_err());
}

#[test]
fn an_enum_takes_the_type_of_its_name_in_any_schema_and_no_other() {
    assert!(<Status as ToSql>::accepts(&enum_type("order_status")));
    assert!(!<Status as ToSql>::accepts(&enum_type("colour")));
    assert!(!<Status as ToSql>::accepts(&Type::TEXT));
    assert!(!<Email as ToSql>::accepts(&Type::INT8));
}

#[test]
fn a_newtype_is_its_inner_type_to_postgresql() {
    assert_eq!(Email::SQL_TYPE, String::SQL_TYPE);
    const { assert!(Option::<Email>::NULLABLE) };
}
