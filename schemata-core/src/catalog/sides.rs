//! The two catalogs that are compared, and a difference between them.

use std::fmt;

/// What the two catalogs are called in sentences.
#[derive(Debug, Clone, Copy)]
pub struct Sides {
    /// What should be.
    pub expected: Side,
    /// What is.
    pub found: Side,
}

/// What a catalog was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Side {
    /// The models' own DDL.
    Model,
    /// A replay of the migrations.
    Migrations,
    /// A live database.
    Database,
    /// A replay of the migrations that a squash replaces.
    Replaced,
    /// What a squash makes.
    Squash,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The object, like `orders.status`.
    pub object: String,
    /// What differs.
    pub sentence: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.sentence)
    }
}

impl Side {
    /// Its name, and its verbs: plural where it is.
    fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Model => ("the model", "says", "has", "does"),
            Self::Migrations => ("the migrations", "say", "have", "do"),
            Self::Database => ("the database", "says", "has", "does"),
            Self::Replaced => ("the replaced migrations", "say", "have", "do"),
            Self::Squash => ("the squash", "says", "has", "does"),
        }
    }
}

impl Sides {
    /// Whether models are one of them: what they cannot express is then no difference.
    pub(super) fn with_models(self) -> bool {
        self.expected == Side::Model || self.found == Side::Model
    }

    /// "the model has it, the database does not".
    pub(super) fn only_expected(self) -> String {
        only(self.expected, self.found)
    }

    /// "the database has it, the model does not".
    pub(super) fn only_found(self) -> String {
        only(self.found, self.expected)
    }

    /// "the model says varchar(20), the database varchar(10)", with `what` before each where it needs a word.
    pub(super) fn apart(self, what: &str, expected: &str, found: &str) -> String {
        let ((one, says, ..), (other, ..)) = (self.expected.words(), self.found.words());
        format!("{one} {says} {what}{expected}, {other} {what}{found}")
    }
}

fn only(one: Side, other: Side) -> String {
    let ((has_it, _, has, _), (lacks_it, _, _, does)) = (one.words(), other.words());
    format!("{has_it} {has} it, {lacks_it} {does} not")
}
