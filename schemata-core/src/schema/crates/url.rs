//! The crate `url`: stored as text in the form in which it normalizes URLs.

use tokio_postgres::types::{FromSql, Type};
use url::Url;

use crate::param::Wire;
use crate::schema::stored_as::stored_as;
use crate::schema::wire;

stored_as! {
    [] Url => String, decode: decode, encode: |url: &Self, ty, out| wire::text::encode(url.as_str(), ty, out);
}

/// A text that would change by being read and written is refused.
fn decode(ty: &Type, raw: &[u8]) -> Wire<Url> {
    let text = <&str>::from_sql(ty, raw)?;
    match Url::parse(text) {
        Ok(url) if url.as_str() == text => Ok(url),
        Ok(_) => Err("a URL that Url writes differently: String holds it".into()),
        Err(error) => Err(error.into()),
    }
}
