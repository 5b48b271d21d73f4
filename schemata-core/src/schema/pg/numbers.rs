//! Numbers with a meaning of their own: money, object and transaction identifiers, positions in the write-ahead log, one byte.

use std::fmt;
use std::str::FromStr;

use bytes::BufMut;
use tokio_postgres::types::Type;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, ParseTextError, binary_columns};
use crate::schema::sql_type::{LiteralKinds, SqlType};

/// PostgreSQL's `money`: an amount in the smallest unit of the currency that the server's `lc_monetary` names, such as cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Money(pub i64);

/// PostgreSQL's `oid`: the identifier of an object of the catalogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Oid(pub u32);

/// PostgreSQL's `xid8`: the identifier of a transaction, which is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Xid8(pub u64);

/// PostgreSQL's `"char"`: one byte, as its catalogs use it. It is another type than `char`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Char(pub u8);

/// PostgreSQL's `pg_lsn`: a position in the write-ahead log.
///
/// ```
/// use schemata::pg::Lsn;
/// assert_eq!("16/B374D848".parse(), Ok(Lsn(0x16_B374_D848)));
/// assert_eq!(Lsn(0x16_0000_00FF).to_string(), "16/FF");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Lsn(pub u64);

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

impl FromStr for Lsn {
    type Err = ParseTextError;

    fn from_str(text: &str) -> Result<Self, ParseTextError> {
        let half = |digits: &str| u32::from_str_radix(digits, 16).ok().map(u64::from);
        let halves = text.split_once('/').and_then(|(high, low)| half(high).zip(half(low)));
        let parsed = halves.map(|(high, low)| Self(high << 32 | low));
        parsed.ok_or(ParseTextError { expected: "a position in the write-ahead log, like 16/B374D848" })
    }
}

macro_rules! numbers {
    ($($name:ident $number:ty;)*) => {$(
        impl Binary for $name {
            fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
                bytes.take().map(<$number>::from_be_bytes).map(Self)
            }

            fn write(&self, out: &mut BytesMut) -> Wire<()> {
                out.put_slice(&self.0.to_be_bytes());
                Ok(())
            }
        }
    )*};
}

numbers! { Money i64; Oid u32; Xid8 u64; Lsn u64; Char u8; }

binary_columns! {
    Money: SqlType::new("money"), if |ty| *ty == Type::MONEY;
    Oid: SqlType::new("oid").literals(LiteralKinds::integer(0, u32::MAX as i128)), if |ty| *ty == Type::OID;
    Xid8: SqlType::new("xid8"), if |ty| *ty == Type::XID8;
    Lsn: SqlType::new("pg_lsn").literals(LiteralKinds::TEXT), if |ty| *ty == Type::PG_LSN;
    Char: SqlType::new("\"char\"").literals(LiteralKinds::TEXT), if |ty| *ty == Type::CHAR;
}
