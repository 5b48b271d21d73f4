//! Text: PostgreSQL's text types cannot hold NUL characters.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::param::{Unstorable, Wire};

/// Returns why PostgreSQL cannot store the text, if it cannot.
pub(crate) fn unstorable(text: &str) -> Option<Unstorable> {
    let message = "contains a NUL character, which PostgreSQL's text cannot hold";
    has_nul(text.as_bytes()).then_some(Unstorable { rule: "nul", message })
}

/// Searches by eight bytes at a time: most texts are too short for the standard library to do that.
fn has_nul(bytes: &[u8]) -> bool {
    const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    // A byte becomes negative by the subtraction, and was not before, only if one is zero.
    let has_zero = |word: u64| word.wrapping_sub(LOW) & !word & HIGH != 0;
    words.iter().any(|word| has_zero(u64::from_ne_bytes(*word))) || rest.contains(&0)
}

/// Encodes text; refuses NUL characters.
pub(crate) fn encode(text: &str, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if let Some(unstorable) = unstorable(text) {
        return Err(unstorable.into());
    }
    text.to_sql_checked(ty, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_found_at_every_place() {
        for length in 0..40 {
            // All other bytes, among them those around zero and around the sign.
            let text: Vec<u8> = (0..length).map(|at| [1, 0x80, 0xff, 0x7f, 0x81][at % 5]).collect();
            assert!(!has_nul(&text), "{length}");
            for place in 0..length {
                let mut text = text.clone();
                text[place] = 0;
                assert!(has_nul(&text), "{place} of {length}");
            }
        }
    }
}
