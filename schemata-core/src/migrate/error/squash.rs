//! Errors of squashes: contradictory lists, and databases in which a squash cannot replace its migrations yet.

/// A squash that cannot stand for the migrations it replaces.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SquashError {
    /// A migration replaces itself, directly or through another squash.
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
        /// The first squash.
        one: &'static str,
        /// The second squash.
        other: &'static str,
    },
    /// The database has some of the migrations that a squash replaces, and this program lacks the rest.
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
        /// The number of replaced migrations that are applied.
        applied: usize,
        /// The number of replaced migrations.
        of: usize,
        /// The replaced migrations that are neither applied nor in the program.
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
        /// The replaced migration.
        unfinished: String,
    },
    /// `--to` names a migration that the program has only as part of a squash.
    #[error("migration {id:?} is no longer in this program, since {by} replaces it: name {by:?} or a later one")]
    Target {
        /// The id that `--to` names.
        id: String,
        /// The squash.
        by: String,
    },
}

impl SquashError {
    /// Returns module and id of the squash whose replaced migrations the program lacks.
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
