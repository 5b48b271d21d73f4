//! Network addresses: `inet` may hold a network mask, and `IpAddr` has no room for one.

use std::net::IpAddr;

use tokio_postgres::types::{FromSql, Type};

use crate::param::Wire;

/// Reads an address without a mask. The bytes are: family, bits of the mask, whether it is a `cidr`, length of the address,
/// address.
pub(crate) fn decode(ty: &Type, raw: &[u8]) -> Wire<IpAddr> {
    let address = IpAddr::from_sql(ty, raw)?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    if raw.get(1) == Some(&bits) {
        Ok(address)
    } else {
        Err("an address with a network mask, which IpAddr cannot hold".into())
    }
}
