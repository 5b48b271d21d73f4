//! Network addresses: hosts, networks, and hardware addresses.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use bytes::BufMut;
use tokio_postgres::types::Type;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, ParseTextError, binary_columns};
use crate::schema::sql_type::{LiteralKinds, SqlType};

/// PostgreSQL's `inet`: a host, with the length of its network's prefix. `IpAddr` holds those without a network.
///
/// ```
/// use schemata::pg::Inet;
/// let host: Inet = "10.1.2.3/8".parse().expect("an address");
/// assert_eq!((host.to_string().as_str(), host.prefix()), ("10.1.2.3/8", 8));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inet {
    address: IpAddr,
    prefix: u8,
}

/// PostgreSQL's `cidr`: a network. The bits behind the prefix are zero.
///
/// ```
/// use schemata::pg::Cidr;
/// assert_eq!("10.0.0.0/8".parse::<Cidr>().expect("a network").prefix(), 8);
/// assert!("10.1.0.0/8".parse::<Cidr>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Returns whether all bits behind the prefix are zero.
fn is_network(address: IpAddr, prefix: u8) -> bool {
    let (bits, width) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, prefix),
        IpAddr::V6(address) => (address.to_bits(), prefix),
    };
    bits.checked_shl(u32::from(width)).is_none_or(|rest| rest == 0)
}

impl Inet {
    /// Returns a host in a network with a prefix of this length; `None` if the address is shorter.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        (prefix <= width(address)).then_some(Self { address, prefix })
    }

    /// Returns the address.
    pub const fn address(self) -> IpAddr {
        self.address
    }

    /// Returns the length of the network's prefix: 32 or 128 for a host alone.
    pub const fn prefix(self) -> u8 {
        self.prefix
    }
}

impl From<IpAddr> for Inet {
    fn from(address: IpAddr) -> Self {
        Self { address, prefix: width(address) }
    }
}

impl Cidr {
    /// Returns the network; `None` if the prefix is too long, or a bit behind it is not zero.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        (prefix <= width(address) && is_network(address, prefix)).then_some(Self { address, prefix })
    }

    /// Returns the first address.
    pub const fn address(self) -> IpAddr {
        self.address
    }

    /// Returns the length of the prefix.
    pub const fn prefix(self) -> u8 {
        self.prefix
    }
}

/// As PostgreSQL prints it: a host alone without a prefix.
impl fmt::Display for Inet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == width(self.address) {
            self.address.fmt(f)
        } else {
            write!(f, "{}/{}", self.address, self.prefix)
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn parse(text: &str) -> Option<(IpAddr, u8)> {
    match text.split_once('/') {
        Some((address, prefix)) => Some((address.parse().ok()?, prefix.parse().ok()?)),
        None => text.parse().ok().map(|address| (address, width(address))),
    }
}

impl FromStr for Inet {
    type Err = ParseTextError;

    fn from_str(text: &str) -> Result<Self, ParseTextError> {
        let parsed = parse(text).and_then(|(address, prefix)| Self::new(address, prefix));
        parsed.ok_or(ParseTextError { expected: "an address, like 10.0.0.1 or 10.0.0.1/8" })
    }
}

impl FromStr for Cidr {
    type Err = ParseTextError;

    fn from_str(text: &str) -> Result<Self, ParseTextError> {
        let parsed = parse(text).and_then(|(address, prefix)| Self::new(address, prefix));
        parsed.ok_or(ParseTextError { expected: "a network, like 10.0.0.0/8, with zeros behind the prefix" })
    }
}

/// The bytes are the family (2 or 3), the prefix, whether it is a `cidr`, the length of the address, and the address.
fn read(bytes: &mut Bytes<'_>) -> Wire<(IpAddr, u8)> {
    let [family, prefix, _, _] = bytes.take::<4>()?;
    let address = match family {
        2 => IpAddr::from(bytes.take::<4>()?),
        3 => IpAddr::from(bytes.take::<16>()?),
        _ => return Err("an address of an unknown family".into()),
    };
    if prefix > width(address) { Err("an address with too long a prefix".into()) } else { Ok((address, prefix)) }
}

fn write(address: IpAddr, prefix: u8, is_network: bool, out: &mut BytesMut) {
    match address {
        IpAddr::V4(address) => {
            out.put_slice(&[2, prefix, u8::from(is_network), 4]);
            out.put_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            out.put_slice(&[3, prefix, u8::from(is_network), 16]);
            out.put_slice(&address.octets());
        }
    }
}

impl Binary for Inet {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        read(bytes).map(|(address, prefix)| Self { address, prefix })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        write(self.address, self.prefix, false, out);
        Ok(())
    }
}

impl Binary for Cidr {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        read(bytes).map(|(address, prefix)| Self { address, prefix })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        write(self.address, self.prefix, true, out);
        Ok(())
    }
}

macro_rules! hardware {
    ($($(#[$docs:meta])* $name:ident $length:literal;)*) => {$(
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub [u8; $length]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (nth, byte) in self.0.iter().enumerate() {
                    write!(f, "{}{byte:02x}", if nth == 0 { "" } else { ":" })?;
                }
                Ok(())
            }
        }

        impl FromStr for $name {
            type Err = ParseTextError;

            fn from_str(text: &str) -> Result<Self, ParseTextError> {
                let bytes: Option<Vec<u8>> =
                    text.split([':', '-']).map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
                let bytes = bytes.and_then(|bytes| bytes.try_into().ok()).map(Self);
                bytes.ok_or(ParseTextError { expected: "a hardware address, like 08:00:2b:01:02:03" })
            }
        }

        impl Binary for $name {
            fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
                bytes.take().map(Self)
            }

            fn write(&self, out: &mut BytesMut) -> Wire<()> {
                out.put_slice(&self.0);
                Ok(())
            }
        }
    )*};
}

hardware! {
    /// PostgreSQL's `macaddr`: a hardware address of six bytes.
    MacAddr 6;
    /// PostgreSQL's `macaddr8`: a hardware address of eight bytes.
    MacAddr8 8;
}

binary_columns! {
    Inet: SqlType::new("inet").literals(LiteralKinds::TEXT), if |ty| *ty == Type::INET;
    // The operators of `cidr` are those of `inet`, so a compared value is sent as one.
    Cidr: SqlType::new("cidr").literals(LiteralKinds::TEXT), if |ty| *ty == Type::CIDR || *ty == Type::INET;
    MacAddr: SqlType::new("macaddr").literals(LiteralKinds::TEXT), if |ty| *ty == Type::MACADDR;
    MacAddr8: SqlType::new("macaddr8").literals(LiteralKinds::TEXT), if |ty| *ty == Type::MACADDR8;
}
