//! The two catalogs that are compared, and one difference between them, in words.

use std::fmt;

/// The sources of the two catalogs that are compared; sentences name them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparison {
    /// The source of the expected catalog.
    pub(crate) expected: CatalogSource,
    /// The source of the catalog that was found.
    pub(crate) found: CatalogSource,
}

/// The source of a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CatalogSource {
    /// The models' own DDL.
    Model,
    /// A replay of the migrations.
    Migrations,
    /// A live database.
    Database,
    /// A replay of the migrations that a squash replaces.
    Replaced,
    /// A replay of a squash.
    Squash,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The object, like `orders.status`.
    pub object: String,
    /// A sentence that describes the difference.
    pub sentence: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.sentence)
    }
}

/// The name of a source, and the verbs that agree with it.
struct Wording {
    name: &'static str,
    says: &'static str,
    has: &'static str,
    does: &'static str,
}

impl CatalogSource {
    fn wording(self) -> Wording {
        let singular = |name| Wording { name, says: "says", has: "has", does: "does" };
        let plural = |name| Wording { name, says: "say", has: "have", does: "do" };
        match self {
            Self::Model => singular("the model"),
            Self::Migrations => plural("the migrations"),
            Self::Database => singular("the database"),
            Self::Replaced => plural("the replaced migrations"),
            Self::Squash => singular("the squash"),
        }
    }
}

impl Comparison {
    /// Returns whether one side is the models. Properties that models cannot express are then not compared.
    pub(super) fn is_with_models(self) -> bool {
        self.expected == CatalogSource::Model || self.found == CatalogSource::Model
    }

    /// Returns whether a squash is compared with what it replaces.
    pub(super) fn is_of_squash(self) -> bool {
        self.expected == CatalogSource::Squash || self.found == CatalogSource::Squash
    }

    /// "the model has it, the database does not".
    pub(crate) fn only_expected(self) -> String {
        only(self.expected, self.found)
    }

    /// "the database has it, the model does not".
    pub(crate) fn only_found(self) -> String {
        only(self.found, self.expected)
    }

    /// "the model says varchar(20), the database varchar(10)"; `prefix` is put before each value.
    pub(crate) fn different(self, prefix: &str, expected: &str, found: &str) -> String {
        let (one, other) = (self.expected.wording(), self.found.wording());
        format!("{} {} {prefix}{expected}, {} {prefix}{found}", one.name, one.says, other.name)
    }
}

fn only(one: CatalogSource, other: CatalogSource) -> String {
    let (one, other) = (one.wording(), other.wording());
    format!("{} {} it, {} {} not", one.name, one.has, other.name, other.does)
}
