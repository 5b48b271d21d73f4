//! The groups as schemas of `OpenAPI`.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
#[cfg(feature = "chrono")]
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::row_version::RowVersion;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;

impl PartialSchema for RowVersion {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().property("version", i64::schema()).required("version").into()
    }
}

impl ToSchema for RowVersion {
    fn name() -> Cow<'static, str> {
        "RowVersion".into()
    }
}

/// An instant, as chrono serializes it.
#[cfg(feature = "chrono")]
fn instant() -> ObjectBuilder {
    use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
}

#[cfg(feature = "chrono")]
impl PartialSchema for SoftDelete {
    fn schema() -> RefOr<Schema> {
        let at = instant().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
        ObjectBuilder::new().property("deactivated_at", at).into()
    }
}

#[cfg(feature = "chrono")]
impl ToSchema for SoftDelete {
    fn name() -> Cow<'static, str> {
        "SoftDelete".into()
    }
}

#[cfg(feature = "chrono")]
impl<A: Actor + PartialSchema> PartialSchema for Audit<A>
where
    Option<A::Inner>: PartialSchema,
{
    fn schema() -> RefOr<Schema> {
        let by = <Option<A::Inner> as PartialSchema>::schema;
        let object = ObjectBuilder::new().property("created_at", instant()).required("created_at");
        let object = object.property("created_by", A::schema()).property("updated_at", instant());
        let object = if A::NULLABLE { object } else { object.required("created_by") };
        object.required("updated_at").property("updated_by", by()).into()
    }
}

#[cfg(feature = "chrono")]
impl<A: Actor + PartialSchema> ToSchema for Audit<A>
where
    Option<A::Inner>: PartialSchema,
{
    fn name() -> Cow<'static, str> {
        "Audit".into()
    }
}
