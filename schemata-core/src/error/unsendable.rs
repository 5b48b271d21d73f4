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
}

/// The error of a value that makes its message too large, as it passes through the driver.
#[derive(Debug, thiserror::Error)]
#[error("the message is too large")]
pub(crate) struct TooLarge;
