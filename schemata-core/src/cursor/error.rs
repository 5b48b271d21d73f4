//! The reasons to refuse a cursor.

/// The reason why a cursor is refused. Except for [`CursorError::Unpageable`], [`CursorError::NoUniqueOrder`] and [`CursorError::NoKey`], it is the fault of
/// the request: an API answers with status 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// The text is not a cursor.
    #[error("this is not a cursor")]
    Malformed,
    /// Another version of the library made it.
    #[error("the cursor has version {found}, and this program reads version {known}: start from the first page")]
    Version {
        /// The version of the cursor.
        found: u8,
        /// The version that this library reads.
        known: u8,
    },
    /// It was changed, or sealed with another key.
    #[error("the cursor was changed, or made with another key")]
    Seal,
    /// It belongs to a query of another model, with other filters or in another order.
    #[error("the cursor belongs to another query: same model, same filters and same order are needed")]
    OtherQuery,
    /// The query cannot be paged.
    #[error("a page cannot be taken of a query with {part}: leave it out")]
    Unpageable {
        /// The part of the query that prevents it, like `an offset`.
        part: &'static str,
    },
    /// A table of the query has no primary key, or is a derived table, so rows could tie in the order.
    #[error(
        "a page needs an order in which no rows tie: state it with `unique_order`, since a table of the query has no primary key"
    )]
    NoUniqueOrder,
    /// The operating system gave no random bytes for a key.
    #[error("no key for cursors could be made: give one with `sealed_with`")]
    NoKey,
}
