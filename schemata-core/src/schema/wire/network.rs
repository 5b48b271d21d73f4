//! Network addresses: `inet` may have a network mask, which `IpAddr` cannot hold.

use std::net::IpAddr;

use tokio_postgres::types::{FromSql, Type};

use crate::param::Wire;

/// Decodes an address without a mask. The bytes are the family, the bits of the mask, whether it is a `cidr`, the
/// length of the address, and the address.
pub(crate) fn decode(ty: &Type, raw: &[u8]) -> Wire<IpAddr> {
    let address = IpAddr::from_sql(ty, raw)?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    if raw.get(1) == Some(&bits) {
        Ok(address)
    } else {
        Err("an address with a network mask, which IpAddr cannot hold".into())
    }
}

/// Decodes an address of one family.
pub(crate) fn decode_family<T>(ty: &Type, raw: &[u8], of: fn(IpAddr) -> Option<T>) -> Wire<T> {
    of(decode(ty, raw)?).ok_or_else(|| format!("an address that {} cannot hold", std::any::type_name::<T>()).into())
}
