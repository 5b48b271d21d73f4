//! The crate `secrecy`: text and bytes that no `Debug` shows. Values are in no error and no trace anyway; the buffers of the
//! connection are not overwritten after use.

use bytes::BufMut;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use tokio_postgres::types::{FromSql, IsNull, Type};

use crate::schema::column_type::IntoValue;
use crate::schema::stored_as::stored_as;
use crate::schema::wire;

stored_as! {
    [] SecretString => String, decode: |ty, raw| String::from_sql(ty, raw).map(Self::from), encode: |secret: &Self, ty, out|
        wire::text::encode(secret.expose_secret(), ty, out);
    [] SecretSlice<u8> => Vec<u8>, decode: |_: &Type, raw: &[u8]| Ok(Self::from(raw.to_vec())), encode: |secret: &Self, _: &Type, out: &mut bytes::BytesMut| {
        out.put_slice(secret.expose_secret());
        Ok(IsNull::No)
    };
}

macro_rules! takes {
    ($($secret:ty: $from:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoValue<$secret> for $from {
            fn into_value(self) -> $secret {
                self.into()
            }
        }

        #[diagnostic::do_not_recommend]
        impl IntoValue<Option<$secret>> for $from {
            fn into_value(self) -> Option<$secret> {
                Some(self.into())
            }
        }
    )*};
}

takes! {
    SecretString: &str;
    SecretString: String;
    SecretSlice<u8>: Vec<u8>;
}
