//! The crate `bit-vec`: bit strings. PostgreSQL refuses a value of another length than `bit(n)` has.

use bit_vec::BitVec;
use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::Wire;
use crate::schema::sql_type::SqlType;
use crate::schema::stored_as::column_types;

column_types! {
    BitVec as SqlType::new("varbit").also(&["bit varying", "bit"]), decode: decode, encode: encode;
}

fn decode(_: &Type, raw: &[u8]) -> Wire<BitVec> {
    let (bits, bytes) = raw.split_first_chunk::<4>().ok_or("a truncated bit string")?;
    let bits = usize::try_from(i32::from_be_bytes(*bits))?;
    if bytes.len() != bits.div_ceil(8) {
        return Err("a bit string of another length than it states".into());
    }
    let mut value = BitVec::from_bytes(bytes);
    value.truncate(bits);
    Ok(value)
}

fn encode(bits: &BitVec, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    out.put_i32(i32::try_from(bits.len())?);
    out.put_slice(&bits.to_bytes());
    Ok(IsNull::No)
}
