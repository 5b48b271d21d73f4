//! Text that is built in constant evaluation, for checks whose failure is a compile error.

use crate::schema::column_lists::same;

/// The most bytes of a message; text that does not fit is left out.
const CAPACITY: usize = 480;

/// A message under construction; `as_str` passes it to a panic.
pub(crate) struct ConstMessage {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl ConstMessage {
    /// Starts with `text`.
    pub(crate) const fn new(text: &str) -> Self {
        Self { bytes: [0; CAPACITY], len: 0 }.text(text)
    }

    /// Adds `text`, or nothing if it does not fit as a whole.
    #[must_use]
    pub(crate) const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if text.len() > CAPACITY - self.len {
            return self;
        }
        let mut i = 0;
        while i < text.len() {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Adds `name` between backticks, with `suffix` inside them.
    #[must_use]
    pub(crate) const fn code(self, name: &str, suffix: &str) -> Self {
        self.text("`").text(name).text(suffix).text("`")
    }

    /// Adds a list: "`a`, `b` or `c`".
    #[must_use]
    pub(crate) const fn any_of(mut self, first: &str, others: &[&str], suffix: &str) -> Self {
        self = self.code(first, suffix);
        let mut i = 0;
        while i < others.len() {
            if !same(others[i], first) {
                self = self.text(if i + 1 == others.len() { " or " } else { ", " }).code(others[i], suffix);
            }
            i += 1;
        }
        self
    }

    /// Returns the text so far.
    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "a check of this table failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_alternatives_with_or() {
        assert_eq!(ConstMessage::new("write ").any_of("a", &["b", "c"], "[]").as_str(), "write `a[]`, `b[]` or `c[]`");
    }

    #[test]
    fn leaves_out_what_does_not_fit() {
        let long = "x".repeat(CAPACITY - 1);
        assert_eq!(ConstMessage::new(&long).text("yy").text("z").as_str(), format!("{long}z"));
    }
}
