//! Makes a checked piece of SQL ready for a statement, or the error that refuses it. The check itself is `fragment.rs`.

use crate::sql::fragment::Fragment;
use crate::sql::literal::raw;

/// A piece of SQL that cannot become part of a statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not one {expected}: {fault}")]
pub(crate) struct FragmentError {
    text: String,
    expected: &'static str,
    fault: String,
}

impl Fragment {
    /// Returns `text`, ready to be followed by more text on the same line.
    pub(crate) fn of(self, text: &str) -> Result<String, FragmentError> {
        match self.fault(text) {
            Some(fault) => Err(FragmentError { text: text.to_owned(), expected: self.noun(), fault }),
            None => Ok(raw(text).into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_its_line_comment_or_is_refused() {
        assert_eq!(Fragment::Expression.of("1 -- one").as_deref(), Ok("1 -- one\n"));
        let error = Fragment::Type.of("int, b int").expect_err("two");
        assert_eq!(error.to_string(), "`int, b int` is not one type: a `,` outside parentheses begins another one");
    }
}
