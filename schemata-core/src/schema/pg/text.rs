//! Types that are texts with a grammar, which PostgreSQL checks: XML, paths into JSON, and the label trees of `ltree`.

use std::fmt;

use bytes::BufMut;
use tokio_postgres::types::Type;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, binary_columns, put_text};
use crate::schema::sql_type::{LiteralKinds, SqlType};

macro_rules! texts {
    ($($(#[$docs:meta])* $name:ident, version: $version:expr;)*) => {$(
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub String);

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Binary for $name {
            fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
                let version: Option<u8> = $version;
                if let Some(known) = version
                    && bytes.take::<1>()? != [known]
                {
                    return Err("a text of an unknown version".into());
                }
                bytes.text().map(Self)
            }

            fn write(&self, out: &mut BytesMut) -> Wire<()> {
                let version: Option<u8> = $version;
                if let Some(version) = version {
                    out.put_u8(version);
                }
                put_text(&self.0, out)
            }
        }
    )*};
}

texts! {
    /// PostgreSQL's `xml`: a document or a part of one. Another text is a database error (2200N).
    Xml, version: None;
    /// PostgreSQL's `jsonpath`. PostgreSQL stores it normalised: `$.a` becomes `$."a"`.
    JsonPath, version: Some(1);
    /// `ltree` of the extension of this name: labels from the root down, `Top.Science.Astronomy`.
    Ltree, version: Some(1);
    /// `lquery` of the extension `ltree`: a pattern for labels, `*.Astronomy.*{1,2}`.
    Lquery, version: Some(1);
    /// `ltxtquery` of the extension `ltree`: words that labels contain, `Europe & !Transport`.
    Ltxtquery, version: Some(1);
}

binary_columns! {
    Xml: SqlType::new("xml").literals(LiteralKinds::TEXT).incomparable(), if |ty| *ty == Type::XML;
    JsonPath: SqlType::new("jsonpath").literals(LiteralKinds::TEXT).incomparable(), if |ty| *ty == Type::JSONPATH;
    Ltree: SqlType::new("ltree").also(&["public.ltree"]).cast_values().literals(LiteralKinds::TEXT), if |ty| ty.name() == "ltree";
    Lquery: SqlType::new("lquery").also(&["public.lquery"]).cast_values().literals(LiteralKinds::TEXT).incomparable(),
        if |ty| ty.name() == "lquery";
    Ltxtquery: SqlType::new("ltxtquery").also(&["public.ltxtquery"]).cast_values().literals(LiteralKinds::TEXT).incomparable(),
        if |ty| ty.name() == "ltxtquery";
}
