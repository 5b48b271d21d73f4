//! Scans valid JSON text byte by byte for depth, numbers, separators, and NULs in strings. Does not validate it.

/// The role of a byte in JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteRole {
    /// The first byte of an object or array, with its depth.
    Open(usize),
    /// A separator between a key and its value.
    Colon,
    /// A part of a number.
    Number,
    /// The last digit of `\u0000`.
    Nul,
    /// Anything else.
    Other,
}

/// A scanner and its state.
#[derive(Debug, Default)]
pub(super) struct JsonScanner {
    depth: usize,
    state: State,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Outside,
    /// Inside a number. Elsewhere, as in `true`, an `e` is not an exponent.
    Number,
    String,
    /// After a backslash in a string.
    Escape,
    /// After `\u` and this number of zeros.
    Zeros(u8),
}

impl JsonScanner {
    /// Takes the next byte and returns its role.
    pub(super) fn next(&mut self, byte: u8) -> ByteRole {
        match self.state {
            State::Outside | State::Number => self.outside(byte),
            State::String => {
                self.state = match byte {
                    b'"' => State::Outside,
                    b'\\' => State::Escape,
                    _ => State::String,
                };
                ByteRole::Other
            }
            State::Escape => {
                self.state = if byte == b'u' { State::Zeros(0) } else { State::String };
                ByteRole::Other
            }
            State::Zeros(3) if byte == b'0' => {
                self.state = State::String;
                ByteRole::Nul
            }
            State::Zeros(zeros) if byte == b'0' => {
                self.state = State::Zeros(zeros + 1);
                ByteRole::Other
            }
            // After any other hexadecimal digit, the rest of the escape is like letters of the string.
            State::Zeros(_) => {
                self.state = State::String;
                ByteRole::Other
            }
        }
    }

    fn outside(&mut self, byte: u8) -> ByteRole {
        let in_number = matches!(self.state, State::Number);
        self.state = State::Outside;
        match byte {
            b'"' => self.state = State::String,
            b'{' | b'[' => {
                self.depth += 1;
                return ByteRole::Open(self.depth);
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' => return ByteRole::Colon,
            b'0'..=b'9' | b'-' => {
                self.state = State::Number;
                return ByteRole::Number;
            }
            b'.' | b'e' | b'E' | b'+' if in_number => {
                self.state = State::Number;
                return ByteRole::Number;
            }
            _ => {}
        }
        ByteRole::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_with(json: &str, wanted: impl Fn(&ByteRole) -> bool) -> String {
        let mut scanner = JsonScanner::default();
        json.chars().filter(|c| wanted(&scanner.next(u8::try_from(*c).expect("ASCII")))).collect()
    }

    #[test]
    fn tells_numbers_colons_and_nuls_from_what_looks_like_them() {
        let json = r#"{"a:1[":[true,-1.5e+3,null,0],"\\u0000":"\u0000\"1"}"#;
        assert_eq!(bytes_with(json, |role| *role == ByteRole::Number), "-1.5e+30");
        assert_eq!(bytes_with(json, |role| *role == ByteRole::Colon), "::");
        assert_eq!(bytes_with(json, |role| *role == ByteRole::Nul), "0");
        assert_eq!(bytes_with(json, |role| matches!(role, ByteRole::Open(_))), "{[");
        assert_eq!(bytes_with(r#"["\u0001","\u000a\\","\\u0000"]"#, |role| *role == ByteRole::Nul), "");
    }

    #[test]
    fn counts_levels() {
        let mut scanner = JsonScanner::default();
        let deepest = "[{},[[]],[]]".bytes().filter_map(|byte| match scanner.next(byte) {
            ByteRole::Open(depth) => Some(depth),
            _ => None,
        });
        assert_eq!(deepest.max(), Some(3));
    }
}
