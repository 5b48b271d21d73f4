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
    #[error(transparent)]
    Values(#[from] TooLarge),
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

/// The values of a statement are larger than PostgreSQL takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its values together are larger than 1 GiB, the most that PostgreSQL takes")]
#[non_exhaustive]
pub struct TooLarge;
