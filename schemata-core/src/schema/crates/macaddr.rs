//! The crate `macaddr`: addresses of 6 and of 8 bytes.

use bytes::BufMut;
use macaddr::{MacAddr6, MacAddr8};
use tokio_postgres::types::{IsNull, Type};

use crate::schema::sql_type::SqlType;
use crate::schema::stored_as::column_types;

column_types! {
    MacAddr6 as SqlType::new("macaddr"), decode: |_: &Type, raw: &[u8]| Ok(Self::from(<[u8; 6]>::try_from(raw)?)),
        encode: |address: &Self, _: &Type, out: &mut bytes::BytesMut| {
            out.put_slice(address.as_bytes());
            Ok(IsNull::No)
        };
    MacAddr8 as SqlType::new("macaddr8"), decode: |_: &Type, raw: &[u8]| Ok(Self::from(<[u8; 8]>::try_from(raw)?)),
        encode: |address: &Self, _: &Type, out: &mut bytes::BytesMut| {
            out.put_slice(address.as_bytes());
            Ok(IsNull::No)
        };
}
