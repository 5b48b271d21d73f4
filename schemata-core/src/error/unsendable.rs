//! The reasons why the protocol's messages cannot carry a statement.

/// The reason why the protocol's messages cannot carry a statement. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
}

/// The error of a value that makes its message too large, as it passes through the driver.
#[derive(Debug, thiserror::Error)]
#[error("the message is too large")]
pub(crate) struct TooLarge;
