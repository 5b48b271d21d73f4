//! JSON documents: a document that is written can be read again, and one that is read equals the stored one.

use std::io::{self, Write};

use bytes::BufMut;
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Type};

use crate::param::{Unstorable, Wire};
use crate::schema::wire::json_bytes::{ByteRole, JsonScanner};
use crate::schema::wire::json_number::is_exact;

/// The most levels that `serde_json` reads. PostgreSQL stores more.
const MOST_LEVELS: usize = 127;

/// Encodes a document; refuses more than [`MOST_LEVELS`] levels and NUL characters. Stops at the first level too many,
/// so that no depth exhausts the stack.
pub(crate) fn encode<T: Serialize>(document: &T, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if *ty == Type::JSONB {
        out.put_u8(1);
    }
    let mut writer = CheckedWriter { out, scanner: JsonScanner::default(), refusal: None };
    let written = serde_json::to_writer(&mut writer, document);
    match (writer.refusal, written) {
        (Some(refusal), _) => Err(refusal.into()),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(())) => Ok(IsNull::No),
    }
}

/// Checks JSON text while it is written.
struct CheckedWriter<'o> {
    out: &'o mut BytesMut,
    scanner: JsonScanner,
    refusal: Option<Unstorable>,
}

impl Write for CheckedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            match self.scanner.next(*byte) {
                ByteRole::Open(depth) if depth > MOST_LEVELS => {
                    let message = "is nested deeper than 127 levels, which could not be read back";
                    self.refusal = Some(Unstorable { rule: "depth", message });
                }
                ByteRole::Nul => {
                    let message = "contains \\u0000, which PostgreSQL's JSON cannot hold";
                    self.refusal = Some(Unstorable { rule: "nul", message });
                }
                _ => continue,
            }
            return Err(io::Error::other("refused"));
        }
        self.out.put_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Decodes a document; refuses numbers that `Value` cannot hold exactly, and equal keys in one object.
pub(crate) fn decode(ty: &Type, raw: &[u8]) -> Wire<Value> {
    let value = Value::from_sql(ty, raw)?;
    let (mut scanner, mut number, mut members) = (JsonScanner::default(), None, 0_usize);
    let json = if *ty == Type::JSONB { raw.get(1..).unwrap_or_default() } else { raw };
    for (at, byte) in json.iter().enumerate() {
        match scanner.next(*byte) {
            ByteRole::Number => _ = number.get_or_insert(at),
            role => {
                exact(json, number.take(), at)?;
                members += usize::from(matches!(role, ByteRole::Colon));
            }
        }
    }
    exact(json, number, json.len())?;
    // `json` keeps the text as written, while `Value` keeps only the last of equal keys. `jsonb` has no equal keys.
    if *ty == Type::JSON && members != self::members(&value) {
        return Err("a JSON object with two equal keys, which Value cannot hold".into());
    }
    Ok(value)
}

/// Refuses the number that ends at `end`, if there is one that `Value` cannot hold exactly.
fn exact(json: &[u8], start: Option<usize>, end: usize) -> Wire<()> {
    match start {
        Some(start) if !is_exact(&json[start..end]) => Err("a JSON number with more digits than Value can hold".into()),
        _ => Ok(()),
    }
}

/// Returns the number of members of all objects. `serde_json` has limited the depth.
fn members(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(members).sum(),
        Value::Object(all) => all.len() + all.values().map(members).sum::<usize>(),
        _ => 0,
    }
}
