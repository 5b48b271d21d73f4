//! Errors of texts and numbers that are read or parsed as an enum and are none of its variants.

/// A text that is no label of an enum that derives `PgEnum` or `TextEnum`.
///
/// ```
/// # use schemata::TextEnum;
/// #[derive(Debug, TextEnum)]
/// enum Size { Small, Large }
///
/// let error = "huge".parse::<Size>().expect_err("no label");
/// assert_eq!(error.labels, ["small", "large"]);
/// assert_eq!(error.to_string(), r#"unknown label "huge"; the labels are small, large"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown label {found:?}; the labels are {}", .labels.join(", "))]
#[non_exhaustive]
pub struct UnknownLabelError {
    /// The text.
    pub found: String,
    /// The labels of the enum, in order.
    pub labels: &'static [&'static str],
}

impl UnknownLabelError {
    pub(crate) fn new(found: &str, labels: &'static [&'static str]) -> Self {
        Self { found: found.to_owned(), labels }
    }
}

/// A number that is none of an enum that derives `IntEnum`.
///
/// ```
/// # use schemata::IntEnum;
/// #[derive(Debug, IntEnum)]
/// #[repr(i16)]
/// enum Priority { Low = 1, High = 5 }
///
/// let error = Priority::try_from(7).expect_err("no variant");
/// assert_eq!(error.to_string(), "unknown number 7; the numbers are 1, 5");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown number {found}; the numbers are {}", .numbers.iter().map(i128::to_string).collect::<Vec<_>>().join(", "))]
#[non_exhaustive]
pub struct UnknownNumberError {
    /// The number.
    pub found: i128,
    /// The numbers of the enum, in the order of the variants.
    pub numbers: &'static [i128],
}

impl UnknownNumberError {
    /// Names the number and those of the enum.
    #[doc(hidden)]
    pub fn new(found: i128, numbers: &'static [i128]) -> Self {
        Self { found, numbers }
    }
}
