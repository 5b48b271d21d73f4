//! What is wrong with a cursor.

/// Why a cursor is refused. All of these come from outside: an API answers them with 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// The text is no cursor at all.
    #[error("this is not a cursor")]
    Malformed,
    /// Another version of the library made it.
    #[error("the cursor has version {found}, and this program reads version {known}: start from the first page")]
    Version {
        /// The cursor's.
        found: u8,
        /// This library's.
        known: u8,
    },
    /// It was changed, or sealed with another key.
    #[error("the cursor was changed, or made with another key")]
    Seal,
    /// It belongs to another query.
    #[error("the cursor belongs to another query: same model, same filters and same order are needed")]
    OtherQuery,
    /// The query cannot be paged.
    #[error("a page cannot be taken of a query with {part}: leave it out")]
    Unpageable {
        /// What stands against it, like `an offset`.
        part: &'static str,
    },
    /// The operating system gave no random bytes for a key.
    #[error("no key for cursors could be made: give one with `sealed_with`")]
    NoKey,
}
