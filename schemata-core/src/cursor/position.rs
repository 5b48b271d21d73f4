//! A position in a query's rows: the values of the sort key there, as PostgreSQL sent them.

use sha2::{Digest, Sha256};

use crate::cursor::base64;
use crate::cursor::error::CursorError;
use crate::cursor::key::CursorKey;

/// What this library writes.
const VERSION: u8 = 1;
/// How much of a query's hash a cursor carries.
const PRINT: usize = 8;

/// A value in PostgreSQL's binary form, or NULL. It goes back as it came, so nothing is rounded on the way.
pub(crate) type Value = Option<Vec<u8>>;

/// What a cursor says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The values of the sort key, most significant first.
    pub(crate) values: Vec<Value>,
}

/// What tells a query from others: its text, in which no value stands.
pub(crate) fn fingerprint(text: &str) -> [u8; PRINT] {
    let mut print = [0; PRINT];
    print.copy_from_slice(&Sha256::digest(text)[..PRINT]);
    print
}

impl Position {
    /// The cursor: version, then base64 of seal, query and values.
    pub(crate) fn to_text(&self, query: [u8; PRINT], key: &CursorKey) -> String {
        let mut payload = vec![VERSION];
        payload.extend_from_slice(&query);
        for value in &self.values {
            let length = value.as_ref().map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap_or(i32::MAX));
            payload.extend_from_slice(&length.to_be_bytes());
            payload.extend_from_slice(value.as_deref().unwrap_or_default());
        }
        base64::encode(&[&[VERSION], key.seal(&payload).as_slice()].concat())
    }

    /// Reads a cursor of `query` with so many values.
    pub(crate) fn from_text(
        text: &str,
        query: [u8; PRINT],
        values: usize,
        key: &CursorKey,
    ) -> Result<Self, CursorError> {
        let bytes = base64::decode(text).ok_or(CursorError::Malformed)?;
        let (found, sealed) = bytes.split_first().ok_or(CursorError::Malformed)?;
        if *found != VERSION {
            return Err(CursorError::Version { found: *found, known: VERSION });
        }
        let payload = key.open(sealed)?;
        let (print, mut rest) = payload.split_at_checked(1 + PRINT).ok_or(CursorError::Malformed)?;
        if print[1..] != query {
            return Err(CursorError::OtherQuery);
        }
        let values = (0..values).map(|_| value(&mut rest)).collect::<Result<_, _>>()?;
        if rest.is_empty() { Ok(Self { values }) } else { Err(CursorError::Malformed) }
    }
}

/// The next value of a payload.
fn value(rest: &mut &[u8]) -> Result<Value, CursorError> {
    let (length, after) = rest.split_first_chunk::<4>().ok_or(CursorError::Malformed)?;
    let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
        *rest = after;
        return Ok(None);
    };
    let (bytes, after) = after.split_at_checked(length).ok_or(CursorError::Malformed)?;
    *rest = after;
    Ok(Some(bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> (Position, CursorKey, String) {
        let position = Position { values: vec![Some(vec![1, 2, 3]), None, Some(vec![])] };
        let key = CursorKey::new("k");
        let text = position.to_text(fingerprint("q"), &key);
        (position, key, text)
    }

    #[test]
    fn a_cursor_comes_back_and_fits_a_url() {
        let (position, key, text) = sealed();
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{text}");
        assert_eq!(Position::from_text(&text, fingerprint("q"), 3, &key), Ok(position));
    }

    #[test]
    fn every_changed_letter_is_noticed() {
        let (_, key, text) = sealed();
        for at in 0..text.len() {
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert!(Position::from_text(&changed, fingerprint("q"), 3, &key).is_err(), "at {at}");
            assert!(Position::from_text(&text[..at], fingerprint("q"), 3, &key).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn another_key_query_or_version_is_told_apart() {
        let ((_, key, text), other) = (sealed(), CursorKey::new("other"));
        let read = |text: &str, query, key| Position::from_text(text, fingerprint(query), 3, key);
        assert_eq!(read(&text, "q", &other), Err(CursorError::Seal));
        assert_eq!(read(&text, "other", &key), Err(CursorError::OtherQuery));
        assert_eq!(read("?", "q", &key), Err(CursorError::Malformed));
        let mut bytes = base64::decode(&text).expect("base64");
        bytes[0] = 9;
        let newer = base64::encode(&bytes);
        assert_eq!(read(&newer, "q", &key), Err(CursorError::Version { found: 9, known: 1 }));
    }
}
