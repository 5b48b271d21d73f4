//! What is wrong with a squash, or with a database for it.

/// Why a squash cannot stand for what it replaces.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SquashError {
    /// A migration replaces itself, by way of another one perhaps.
    #[error("{module}:{id} replaces itself{}: take it out of the list that `replaces` gives", through(via.as_deref()))]
    Itself {
        /// The module.
        module: &'static str,
        /// The squash.
        id: &'static str,
        /// The squash that it replaces and that replaces it.
        via: Option<String>,
    },
    /// Two squashes replace one migration, and neither replaces the other: a database might have run half of each.
    #[error(
        "{module}:{id} is replaced by {one} and by {other}, and neither of these replaces the other: let the later one list \
         the earlier one, too, or take {id} out of one list"
    )]
    Overlap {
        /// The module.
        module: &'static str,
        /// The replaced migration.
        id: &'static str,
        /// A squash.
        one: &'static str,
        /// Another one.
        other: &'static str,
    },
    /// The database has some of what a squash replaces, and this program lacks the rest.
    #[error(
        "the database has {applied} of the {of} migrations that {module}:{id} replaces, and this program lacks the others: {}; \
         run `migrate` with a release that still has them, then this one",
        missing.join(", ")
    )]
    Partly {
        /// The module.
        module: &'static str,
        /// The squash.
        id: &'static str,
        /// How many of the migrations that it replaces are applied.
        applied: usize,
        /// How many it replaces.
        of: usize,
        /// Those that are neither applied to the database nor in the program.
        missing: Vec<String>,
    },
    /// A replaced migration stopped half-way, and this program lacks it.
    #[error(
        "{module}:{unfinished} is unfinished in the database, and this program lacks it, since {module}:{id} replaces it; \
         run `migrate` with a release that still has {unfinished}, then this one"
    )]
    Unfinished {
        /// The module.
        module: &'static str,
        /// The squash.
        id: &'static str,
        /// The replaced one.
        unfinished: String,
    },
    /// `--to` names a migration that is only left as part of a squash.
    #[error("migration {id:?} is no longer in this program, since {by} replaces it: name {by:?} or a later one")]
    Target {
        /// What was asked for.
        id: String,
        /// The squash.
        by: String,
    },
}

impl SquashError {
    /// The squash that a database is in no state for.
    pub(crate) fn squash(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Partly { module, id, .. } | Self::Unfinished { module, id, .. } => Some((module, id)),
            Self::Itself { .. } | Self::Overlap { .. } | Self::Target { .. } => None,
        }
    }
}

fn through(via: Option<&str>) -> String {
    via.map_or_else(String::new, |via| format!(" by way of {via}"))
}
