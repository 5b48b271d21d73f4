//! The crate `ulid`: stored as `uuid`, whose order is that of the ULIDs, or as the 26 letters in a column of text.

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Type};
use ulid::Ulid;

use crate::param::Wire;
use crate::schema::sql_type::SqlType;
use crate::schema::stored_as::column_types;

column_types! {
    Ulid as SqlType::new("uuid").also(&["text", "varchar", "character varying", "char", "character", "bpchar"]),
        decode: decode, encode: encode;
}

fn decode(ty: &Type, raw: &[u8]) -> Wire<Ulid> {
    if *ty == Type::UUID {
        return Ok(Ulid::from_bytes(raw.try_into()?));
    }
    let text = <&str>::from_sql(ty, raw)?;
    let ulid = Ulid::from_string(text).ok().filter(|ulid| ulid.to_string() == text);
    ulid.ok_or_else(|| "a text that is no ULID in capital letters".into())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of `ColumnType::encode`")]
fn encode(ulid: &Ulid, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if *ty == Type::UUID {
        out.put_slice(&ulid.to_bytes());
    } else {
        out.put_slice(ulid.to_string().as_bytes());
    }
    Ok(IsNull::No)
}
