//! What a program registers for the check: the SQL that its macros have written down.

use crate::checked::fragment::CheckedText;
use crate::checked::query::CheckedQuery;

/// SQL that is part of the program. `check_test!` checks what is registered.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum RegisteredSql {
    /// A function of `query!` or `query_file!`.
    Query(&'static CheckedQuery),
    /// A fragment of `sql!`, or a text of `raw_sql!`.
    Text(&'static CheckedText),
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
            inventory::iter::<Self>.into_iter().filter_map(Self::query).collect();
        queries.sort_by_key(|query| (query.source.place, query.source.name));
        queries
    }

    /// Returns the registered fragments and texts, by their place in the sources.
    #[cfg(feature = "dev")]
    pub(crate) fn texts() -> Vec<&'static CheckedText> {
        let mut texts: Vec<&'static CheckedText> = inventory::iter::<Self>.into_iter().filter_map(Self::text).collect();
        texts.sort_by_key(|text| (text.place, text.pieces));
        texts.dedup_by_key(|text| (text.place, text.pieces));
        texts
    }

    #[cfg(feature = "dev")]
    fn query(&self) -> Option<&'static CheckedQuery> {
        match self {
            Self::Query(query) => Some(query),
            Self::Text(_) => None,
        }
    }

    #[cfg(feature = "dev")]
    fn text(&self) -> Option<&'static CheckedText> {
        match self {
            Self::Text(text) => Some(text),
            Self::Query(_) => None,
        }
    }
}
