//! The reasons why a statement cannot be put into the protocol's messages.

/// The reason why a statement cannot be sent. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsendable {
    /// It has more parameters than the protocol can count.
    #[error("it has {count} parameters, and the protocol allows at most 65,535: bind lists as one array")]
    Parameters {
        /// The number of parameters.
        count: usize,
    },
    /// The values are larger than PostgreSQL takes.
    #[error(transparent)]
    Values(#[from] TooLarge),
    /// The text is longer than PostgreSQL takes.
    #[error("its text has {bytes} bytes, and PostgreSQL takes 1 GiB at most")]
    Text {
        /// The length of the text.
        bytes: usize,
    },
    /// A NUL would end the text.
    #[error("its text holds a NUL character, which text in PostgreSQL cannot hold")]
    Nul,
    /// Its conditions are nested too deeply for PostgreSQL to read.
    #[error("its conditions are nested more than {levels} deep")]
    Depth {
        /// The deepest nesting allowed.
        levels: u32,
    },
}

/// The values of a statement are larger than PostgreSQL takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its values are larger than 1 GiB together, which is the most that PostgreSQL takes")]
#[non_exhaustive]
pub struct TooLarge;
