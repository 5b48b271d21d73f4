//! The crate `cidr`: networks, and addresses with the network that they are in.

use std::net::IpAddr;

use bytes::BufMut;
use cidr::{IpCidr, IpInet};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::Wire;
use crate::schema::sql_type::SqlType;
use crate::schema::stored_as::column_types;

column_types! {
    // PostgreSQL compares a cidr as an inet, and so asks for one.
    IpCidr as SqlType::new("cidr"), accepts: [Type::CIDR, Type::INET], decode: |_: &Type, raw| {
        let (address, bits) = decode(raw)?;
        Ok(Self::new(address, bits)?)
    }, encode: |network: &Self, ty: &Type, out| encode(network.first_address(), network.network_length(), *ty == Type::CIDR, out);
    IpInet as SqlType::new("inet"), decode: |_: &Type, raw| {
        let (address, bits) = decode(raw)?;
        Ok(Self::new(address, bits)?)
    }, encode: |address: &Self, _: &Type, out| encode(address.address(), address.network_length(), false, out);
}

/// Decodes the address and the bits of its mask. The bytes are the family, the bits, whether it is a `cidr`, the length of the
/// address, and the address.
fn decode(raw: &[u8]) -> Wire<(IpAddr, u8)> {
    match raw {
        [2, bits, _, 4, address @ ..] => Ok((<[u8; 4]>::try_from(address)?.into(), *bits)),
        [3, bits, _, 16, address @ ..] => Ok((<[u8; 16]>::try_from(address)?.into(), *bits)),
        _ => Err("bytes that are no network address".into()),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the result of `ColumnType::encode`")]
fn encode(address: IpAddr, bits: u8, is_cidr: bool, out: &mut BytesMut) -> Wire<IsNull> {
    out.put_slice(&[if address.is_ipv4() { 2 } else { 3 }, bits, u8::from(is_cidr)]);
    match address {
        IpAddr::V4(address) => {
            out.put_u8(4);
            out.put_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            out.put_u8(16);
            out.put_slice(&address.octets());
        }
    }
    Ok(IsNull::No)
}
