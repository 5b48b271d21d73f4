//! The reasons why a statement is not sent.

/// The reason why a statement was not sent: the protocol's messages cannot carry it, or it is known to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsendable {
    /// It has more parameters than the protocol can count.
    #[error("it has {count} parameters, and the protocol allows at most 65,535: bind lists as arrays")]
    Parameters {
        /// The number of parameters.
        count: usize,
    },
    /// Its values are larger than PostgreSQL takes.
    #[error("its values together are larger than 1 GiB, the most that PostgreSQL takes")]
    Values,
    /// Its text is longer than PostgreSQL takes.
    #[error("its text has {bytes} bytes, and PostgreSQL takes at most 1 GiB")]
    Text {
        /// The length of the text.
        bytes: usize,
    },
    /// Its text contains a NUL character.
    #[error("its text contains a NUL character, which PostgreSQL does not accept")]
    Nul,
    /// Its conditions are nested too deeply for PostgreSQL's parser.
    #[error("its conditions are nested more than {levels} levels deep")]
    Depth {
        /// The deepest nesting allowed.
        levels: u32,
    },
    /// It reads a common table expression that no `with` of it defines.
    #[error("it reads `{name}` by name, and no `with` around it defines `{name}`: write `with::<…>(…).read(query)`")]
    UndefinedCte {
        /// The name.
        name: &'static str,
    },
    /// A query inside it was changed by `map`, which happens after reading.
    #[error("a query inside it was changed by `map`, which only changes rows that the program reads: call `map` last")]
    Mapped,
    /// It locks rows, and has a part with which PostgreSQL refuses that (0A000).
    #[error(
        "PostgreSQL cannot lock rows in a query with {part}: lock them in a query of their own, which this one can read by `from_query`"
    )]
    Lock {
        /// The part.
        part: &'static str,
    },
    /// It returns distinct rows, and sorts by a column that it does not list (42P10).
    #[error(
        "it sorts distinct rows by `{column}`, which it does not list: list it in `columns`, or sort by a listed column"
    )]
    UnlistedOrder {
        /// The column.
        column: &'static str,
    },
    /// Its order does not begin with the columns of `distinct_on` (42P10).
    #[error(
        "its order does not begin with the columns of `distinct_on`: sort by these first, then by the columns that decide which row is kept"
    )]
    DistinctOnOrder,
    /// It returns distinct rows, and does not list a column by which their related rows are found.
    #[error(
        "it does not list `{column}`, by which the related rows of its distinct rows are found: list it in `columns`"
    )]
    UnlistedKey {
        /// The column.
        column: &'static str,
    },
}

/// The error of a value that makes its message too large, as it passes through the driver.
#[derive(Debug, thiserror::Error)]
#[error("the message is too large")]
pub(crate) struct TooLarge;
