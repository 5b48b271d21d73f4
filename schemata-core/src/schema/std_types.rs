//! Further types of the standard library and of `bytes`: shared and boxed text, bytes, durations and addresses of one family.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

use crate::param::Wire;
use crate::schema::stored_as::stored_as;
use crate::schema::wire;

stored_as! {
    [] Box<str> => String, decode: text, encode: wire::text::encode;
    [] Arc<str> => String, decode: text, encode: wire::text::encode;
    [] Cow<'static, str> => String, decode: text, encode: wire::text::encode;
    [] char => String, decode: one_letter, encode: |letter: &char, ty, out| wire::text::encode(letter.encode_utf8(&mut [0; 4]), ty, out);
    [] Box<[u8]> => Vec<u8>, decode: bytes, encode: put_bytes;
    [] Bytes => Vec<u8>, decode: bytes, encode: put_bytes;
    [const N: usize] [u8; N] => Vec<u8>, decode: exact_bytes, encode: put_bytes;
    [] Ipv4Addr => IpAddr, decode: |ty, raw| wire::network::decode_family(ty, raw, v4), encode: |address: &Self, ty, out|
        IpAddr::from(*address).to_sql_checked(ty, out);
    [] Ipv6Addr => IpAddr, decode: |ty, raw| wire::network::decode_family(ty, raw, v6), encode: |address: &Self, ty, out|
        IpAddr::from(*address).to_sql_checked(ty, out);
    [] Duration => crate::schema::Interval, decode: duration, encode: |duration: &Self, _: &Type, out|
        wire::microseconds::encode(i128::try_from(duration.as_nanos())?, out);
}

fn text<T: From<String>>(ty: &Type, raw: &[u8]) -> Wire<T> {
    String::from_sql(ty, raw).map(T::from)
}

fn one_letter(ty: &Type, raw: &[u8]) -> Wire<char> {
    let text = <&str>::from_sql(ty, raw)?;
    let mut letters = text.chars();
    letters.next().filter(|_| letters.next().is_none()).ok_or_else(|| "a text of other than one character".into())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of `ColumnType::decode`")]
fn bytes<T: From<Vec<u8>>>(_: &Type, raw: &[u8]) -> Wire<T> {
    Ok(T::from(raw.to_vec()))
}

fn exact_bytes<const N: usize>(_: &Type, raw: &[u8]) -> Wire<[u8; N]> {
    raw.try_into().map_err(|_| format!("{} bytes, where the type has {N}", raw.len()).into())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of `ColumnType::encode`")]
fn put_bytes(bytes: &[u8], _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    out.put_slice(bytes);
    Ok(IsNull::No)
}

fn v4(address: IpAddr) -> Option<Ipv4Addr> {
    if let IpAddr::V4(address) = address { Some(address) } else { None }
}

fn v6(address: IpAddr) -> Option<Ipv6Addr> {
    if let IpAddr::V6(address) = address { Some(address) } else { None }
}

fn duration(ty: &Type, raw: &[u8]) -> Wire<Duration> {
    let microseconds = u64::try_from(wire::microseconds::decode(ty, raw)?);
    microseconds.map(Duration::from_micros).map_err(|_| "a negative interval, which Duration cannot hold".into())
}
