//! Base64 with the alphabet of URLs and without padding (RFC 4648, section 5).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `bytes` as text.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for nth in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * nth) & 63) as usize]));
        }
    }
    text
}

/// The bytes that `text` stands for; `None` for text that [`encode`] never writes.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for letter in chunk {
            let digit = ALPHABET.iter().position(|known| known == letter)?;
            bits = bits << 6 | u32::try_from(digit).ok()?;
        }
        bits <<= 6 * (4 - chunk.len());
        let length = chunk.len().checked_sub(1).filter(|length| *length > 0)?;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..=length]);
    }
    // Leftover bits and the like: every position has one text.
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        for length in 0..20_u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(73) ^ 0xF5).collect();
            assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
        assert_eq!(encode(b"\xFB\xFF\xBE"), "-_--");
    }

    #[test]
    fn refuses_what_it_never_writes() {
        for text in ["A", "AB=", "A+", "AAAAA", "AB\n", "Zh"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
