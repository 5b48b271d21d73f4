//! A label of any enum, for tests of type look-ups.

use schemata::schema::{ColumnType, SqlType};
use schemata::types::{FromSql, IsNull, ToSql, Type};
use schemata::{FromRow, RowReader};

/// A label of an enum, as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Label(pub String);

impl<'a> FromSql<'a> for Label {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(String::from_utf8(raw.to_vec())?))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), schemata::types::Kind::Enum(_))
    }
}

impl ToSql for Label {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut schemata::types::private::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        <Self as FromSql>::accepts(ty)
    }

    schemata::types::to_sql_checked!();
}

impl ColumnType for Label {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("label");
    schemata::driver_conversions!();
}

impl FromRow for Label {
    fn from_row(row: &mut RowReader<'_>) -> schemata::Result<Self> {
        row.take()
    }
}
