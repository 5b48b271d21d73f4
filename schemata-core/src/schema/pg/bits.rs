//! `Bits`: strings of bits.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use bytes::BufMut;
use tokio_postgres::types::Type;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, ParseTextError, binary_columns, put_count};
use crate::schema::sql_type::{LiteralKinds, SqlType};

/// PostgreSQL's `varbit` and `bit(n)`: a string of bits. A column of type `bit(n)` takes exactly `n` of them (22026).
///
/// ```
/// use schemata::pg::Bits;
/// let flags: Bits = "10110".parse().expect("bits");
/// assert_eq!((flags.len(), flags.get(1), flags.to_string().as_str()), (5, Some(false), "10110"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Bits {
    length: usize,
    /// The first bit is the highest of the first byte. The bits behind the last one are zero.
    bytes: Vec<u8>,
}

impl Bits {
    /// Returns the number of bits.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Returns whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns the bit at a position, counted from zero at the left.
    pub fn get(&self, at: usize) -> Option<bool> {
        (at < self.length).then(|| self.bytes[at / 8] & (0x80 >> (at % 8)) != 0)
    }

    /// Returns the bits from left to right.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.length).filter_map(|at| self.get(at))
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut this = Self::default();
        for bit in bits {
            if this.length.is_multiple_of(8) {
                this.bytes.push(0);
            }
            if let (true, Some(last)) = (bit, this.bytes.last_mut()) {
                *last |= 0x80 >> (this.length % 8);
            }
            this.length += 1;
        }
        this
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|bit| f.write_char(if bit { '1' } else { '0' }))
    }
}

impl FromStr for Bits {
    type Err = ParseTextError;

    fn from_str(text: &str) -> Result<Self, ParseTextError> {
        let bits = text.chars().map(|digit| match digit {
            '0' => Ok(false),
            '1' => Ok(true),
            _ => Err(ParseTextError { expected: "a string of bits, like 0101" }),
        });
        bits.collect()
    }
}

impl Binary for Bits {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        let length = usize::try_from(bytes.i32()?)?;
        let bytes = bytes.slice(length.div_ceil(8))?.to_vec();
        Ok(Self { length, bytes })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        put_count(self.length, out)?;
        out.put_slice(&self.bytes);
        Ok(())
    }
}

binary_columns! {
    Bits: SqlType::new("varbit").also(&["bit varying", "bit"]).literals(LiteralKinds::TEXT),
        if |ty| *ty == Type::VARBIT || *ty == Type::BIT;
}
