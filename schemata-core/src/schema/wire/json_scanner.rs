//! Reads JSON text byte by byte: depth, numbers, separators, and NULs in strings. The text has to be valid; it is not
//! checked.

/// The role of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// The beginning of an object or array, with its depth.
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

/// The state of the reader.
#[derive(Debug, Default)]
pub(super) struct Text {
    depth: usize,
    state: State,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Outside,
    /// Inside a word such as `true`, whose `e` is no exponent.
    Number,
    String,
    /// After a backslash in a string.
    Escape,
    /// After `\u` and this number of zeros.
    Zeros(u8),
}

impl Text {
    /// Takes the next byte, and returns its role.
    pub(super) fn next(&mut self, byte: u8) -> Seen {
        match self.state {
            State::Outside | State::Number => self.outside(byte),
            State::String => {
                self.state = match byte {
                    b'"' => State::Outside,
                    b'\\' => State::Escape,
                    _ => State::String,
                };
                Seen::Other
            }
            State::Escape => {
                self.state = if byte == b'u' { State::Zeros(0) } else { State::String };
                Seen::Other
            }
            State::Zeros(3) if byte == b'0' => {
                self.state = State::String;
                Seen::Nul
            }
            State::Zeros(zeros) if byte == b'0' => {
                self.state = State::Zeros(zeros + 1);
                Seen::Other
            }
            // With any other hexadecimal digit, the rest of the escape is read like letters of the string.
            State::Zeros(_) => {
                self.state = State::String;
                Seen::Other
            }
        }
    }

    fn outside(&mut self, byte: u8) -> Seen {
        let in_number = matches!(self.state, State::Number);
        self.state = State::Outside;
        match byte {
            b'"' => self.state = State::String,
            b'{' | b'[' => {
                self.depth += 1;
                return Seen::Open(self.depth);
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' => return Seen::Colon,
            b'0'..=b'9' | b'-' => {
                self.state = State::Number;
                return Seen::Number;
            }
            b'.' | b'e' | b'E' | b'+' if in_number => {
                self.state = State::Number;
                return Seen::Number;
            }
            _ => {}
        }
        Seen::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(json: &str, wanted: impl Fn(&Seen) -> bool) -> String {
        let mut text = Text::default();
        json.chars().filter(|c| wanted(&text.next(u8::try_from(*c).expect("ASCII")))).collect()
    }

    #[test]
    fn tells_numbers_colons_and_nuls_from_what_looks_like_them() {
        let json = r#"{"a:1[":[true,-1.5e+3,null,0],"\\u0000":"\u0000\"1"}"#;
        assert_eq!(seen(json, |seen| *seen == Seen::Number), "-1.5e+30");
        assert_eq!(seen(json, |seen| *seen == Seen::Colon), "::");
        assert_eq!(seen(json, |seen| *seen == Seen::Nul), "0");
        assert_eq!(seen(json, |seen| matches!(seen, Seen::Open(_))), "{[");
        assert_eq!(seen(r#"["\u0001","\u000a\\","\\u0000"]"#, |seen| *seen == Seen::Nul), "");
    }

    #[test]
    fn counts_levels() {
        let mut text = Text::default();
        let deepest = "[{},[[]],[]]".bytes().filter_map(|byte| match text.next(byte) {
            Seen::Open(depth) => Some(depth),
            _ => None,
        });
        assert_eq!(deepest.max(), Some(3));
    }
}
