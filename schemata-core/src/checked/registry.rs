//! What a program registers for the check: the SQL that its macros have written down.

use crate::checked::query::CheckedQuery;

/// SQL that is part of the program. `check_test!` checks what is registered.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum RegisteredSql {
    /// A function of `query!` or `query_file!`.
    Query(&'static CheckedQuery),
}

inventory::collect!(RegisteredSql);

impl RegisteredSql {
    /// Returns whether anything is registered.
    #[cfg(feature = "dev")]
    pub(crate) fn is_any() -> bool {
        inventory::iter::<Self>.into_iter().next().is_some()
    }

    /// Returns the registered queries, by their place in the sources.
    #[cfg(feature = "dev")]
    pub(crate) fn queries() -> Vec<&'static CheckedQuery> {
        let mut queries: Vec<&'static CheckedQuery> =
            inventory::iter::<Self>.into_iter().map(|Self::Query(query)| *query).collect();
        queries.sort_by_key(|query| (query.source.place, query.source.name));
        queries
    }
}
