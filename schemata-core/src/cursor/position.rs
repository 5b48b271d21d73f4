//! A position in a query's rows: the values of the sort key there, as PostgreSQL sent them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::cursor::error::CursorError;
use crate::cursor::key::CursorKey;

/// The version that this library writes.
const VERSION: u8 = 1;
/// The bytes of a query's hash in a cursor.
const HASH_BYTES: usize = 8;

/// The hash of a query.
pub(crate) type Fingerprint = [u8; HASH_BYTES];

/// A value in PostgreSQL's binary form, or NULL. It goes back as it came, so nothing is rounded on the way.
pub(crate) type SortValue = Option<Vec<u8>>;

/// The content of a cursor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CursorPosition {
    /// The values of the sort key, most significant first.
    pub(crate) values: Vec<SortValue>,
}

/// Returns the hash that tells a query from others. It covers the text of the query, which holds no values.
pub(crate) fn fingerprint(text: &str) -> Fingerprint {
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(&Sha256::digest(text)[..HASH_BYTES]);
    hash
}

impl CursorPosition {
    /// Returns the cursor: version, seal, query and values in base64 for URLs, without padding (RFC 4648, section 5).
    pub(crate) fn to_text(&self, query: Fingerprint, key: &CursorKey) -> String {
        let mut payload = vec![VERSION];
        payload.extend_from_slice(&query);
        for value in &self.values {
            let length = value.as_ref().map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap_or(i32::MAX));
            payload.extend_from_slice(&length.to_be_bytes());
            payload.extend_from_slice(value.as_deref().unwrap_or_default());
        }
        URL_SAFE_NO_PAD.encode([&[VERSION], key.seal(&payload).as_slice()].concat())
    }

    /// Reads a cursor of `query` with this number of values.
    pub(crate) fn from_text(
        text: &str,
        query: Fingerprint,
        values: usize,
        key: &CursorKey,
    ) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Malformed)?;
        let (found, sealed) = bytes.split_first().ok_or(CursorError::Malformed)?;
        if *found != VERSION {
            return Err(CursorError::Version { found: *found, known: VERSION });
        }
        let payload = key.open(sealed)?;
        let (header, mut rest) = payload.split_at_checked(1 + HASH_BYTES).ok_or(CursorError::Malformed)?;
        if header[1..] != query {
            return Err(CursorError::OtherQuery);
        }
        let values = (0..values).map(|_| value(&mut rest)).collect::<Result<_, _>>()?;
        if rest.is_empty() { Ok(Self { values }) } else { Err(CursorError::Malformed) }
    }
}

/// Takes the next value of a payload.
fn value(rest: &mut &[u8]) -> Result<SortValue, CursorError> {
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

    fn sealed() -> (CursorPosition, CursorKey, String) {
        let position = CursorPosition { values: vec![Some(vec![1, 2, 3]), None, Some(vec![])] };
        let key = CursorKey::new("k");
        let text = position.to_text(fingerprint("q"), &key);
        (position, key, text)
    }

    #[test]
    fn a_cursor_comes_back_and_fits_a_url() {
        let (position, key, text) = sealed();
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{text}");
        assert_eq!(CursorPosition::from_text(&text, fingerprint("q"), 3, &key), Ok(position));
    }

    /// Cursors outlive releases, since links contain them.
    #[test]
    fn the_text_of_a_cursor_is_fixed() {
        let (position, key, text) = sealed();
        assert_eq!(text, "AYWERnhxiMQSza03pam01BUBjjXCzTv2ZBsAAAADAQID_____wAAAAA");
        assert_eq!(CursorPosition::from_text(&text, fingerprint("q"), 3, &key), Ok(position));
    }

    /// Every position has one text: no padding, no bits left over, no other alphabet, no white space.
    #[test]
    fn no_other_text_passes_for_a_cursor() {
        let (_, key, text) = sealed();
        let read = |text: &str| CursorPosition::from_text(text, fingerprint("q"), 3, &key);
        let leftover_bits = format!("{}B", &text[..text.len() - 1]);
        for other in [format!("{text}="), format!("{text}\n"), format!("{text}AA"), format!(" {text}"), leftover_bits] {
            assert_eq!(read(&other), Err(CursorError::Malformed), "{other}");
        }
    }

    #[test]
    fn every_changed_letter_is_noticed() {
        let (_, key, text) = sealed();
        for at in 0..text.len() {
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert!(CursorPosition::from_text(&changed, fingerprint("q"), 3, &key).is_err(), "at {at}");
            assert!(CursorPosition::from_text(&text[..at], fingerprint("q"), 3, &key).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn another_key_query_or_version_is_told_apart() {
        let ((_, key, text), other) = (sealed(), CursorKey::new("other"));
        let read = |text: &str, query, key| CursorPosition::from_text(text, fingerprint(query), 3, key);
        assert_eq!(read(&text, "q", &other), Err(CursorError::Seal));
        assert_eq!(read(&text, "other", &key), Err(CursorError::OtherQuery));
        assert_eq!(read("?", "q", &key), Err(CursorError::Malformed));
        let mut bytes = URL_SAFE_NO_PAD.decode(&text).expect("base64");
        bytes[0] = 9;
        let newer = URL_SAFE_NO_PAD.encode(&bytes);
        assert_eq!(read(&newer, "q", &key), Err(CursorError::Version { found: 9, known: 1 }));
    }
}
