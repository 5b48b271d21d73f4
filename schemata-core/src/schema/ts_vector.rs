//! `TsVector`: the words of a document with their positions, as full text search keeps them.

use std::fmt::{self, Write as _};

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::param::Wire;
use crate::schema::column_type::{ArrayElement, ColumnType, driver_conversions};
use crate::schema::sql_type::SqlType;

/// PostgreSQL's `tsvector`: words with their positions. PostgreSQL makes it, by `to_tsvector` or in a generated column; it can
/// be read and written back. Its `Display` is PostgreSQL's text: `'cat':3 'fat':2A`.
///
/// ```
/// # use schemata::{prelude::*, schema::TsVector};
/// #[derive(TableModel)]
/// pub struct Article {
///     #[column(primary_key)]
///     pub id: i64,
///     pub body: String,
///     #[column(generated = "to_tsvector('english', body)")]
///     pub words: TsVector,
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TsVector {
    words: Vec<Word>,
}

/// A word of a [`TsVector`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Word {
    /// The word, as the configuration reduced it.
    pub lexeme: String,
    /// Where it occurs, from 1, with the weight of each place. Empty in a vector without positions.
    pub positions: Vec<(u16, Weight)>,
}

/// The weight of a word at a place: `A` is the greatest, `D` the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The greatest.
    A,
    /// The second.
    B,
    /// The third.
    C,
    /// The default.
    D,
}

impl TsVector {
    /// Returns the words in PostgreSQL's order.
    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

/// The order of weights in PostgreSQL's two bits.
const WEIGHTS: [Weight; 4] = [Weight::D, Weight::C, Weight::B, Weight::A];

/// The bits of a position; the two above are its weight.
const POSITION: u16 = 0x3FFF;

impl fmt::Display for TsVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, word) in self.words.iter().enumerate() {
            let space = if nth == 0 { "" } else { " " };
            write!(f, "{space}'{}'", word.lexeme.replace('\\', "\\\\").replace('\'', "''"))?;
            for (nth, (position, weight)) in word.positions.iter().enumerate() {
                write!(f, "{}{position}", if nth == 0 { ':' } else { ',' })?;
                match weight {
                    Weight::A => f.write_char('A')?,
                    Weight::B => f.write_char('B')?,
                    Weight::C => f.write_char('C')?,
                    Weight::D => {}
                }
            }
        }
        Ok(())
    }
}

impl ColumnType for TsVector {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("tsvector");
    driver_conversions!();
}

impl ArrayElement for TsVector {}

impl<'r> FromSql<'r> for TsVector {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Wire<Self> {
        let mut rest = raw;
        let count = u32::from_be_bytes(take(&mut rest)?);
        let words = (0..count).map(|_| word(&mut rest)).collect::<Wire<_>>()?;
        if rest.is_empty() { Ok(Self { words }) } else { Err("the tsvector is longer than it states".into()) }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TS_VECTOR
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Wire<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk::<N>().ok_or("the tsvector is truncated")?;
    *rest = after;
    Ok(*bytes)
}

/// Decodes a word: its text up to a zero byte, the number of positions, and each as two bytes.
fn word(rest: &mut &[u8]) -> Wire<Word> {
    let end = rest.iter().position(|byte| *byte == 0).ok_or("the tsvector is truncated")?;
    let lexeme = std::str::from_utf8(&rest[..end])?.to_owned();
    *rest = &rest[end + 1..];
    let count = u16::from_be_bytes(take(rest)?);
    let position = |_| {
        let bits = u16::from_be_bytes(take(rest)?);
        Ok((bits & POSITION, WEIGHTS[usize::from(bits >> 14)]))
    };
    let positions = (0..count).map(position).collect::<Wire<_>>()?;
    Ok(Word { lexeme, positions })
}

impl ToSql for TsVector {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        out.put_u32(u32::try_from(self.words.len())?);
        for word in &self.words {
            out.put_slice(word.lexeme.as_bytes());
            out.put_u8(0);
            out.put_u16(u16::try_from(word.positions.len())?);
            for (position, weight) in &word.positions {
                let bits = WEIGHTS.iter().zip(0_u16..).find_map(|(known, bits)| (known == weight).then_some(bits));
                out.put_u16(position & POSITION | bits.unwrap_or_default() << 14);
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TS_VECTOR
    }

    to_sql_checked!();
}
