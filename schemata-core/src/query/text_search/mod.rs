//! Full text search: `vector` has documents as vectors of words, `query` what is searched for, `rank` how well they match.
//!
//! A configuration, like `english`, is a part of the statement and no bound value, so that PostgreSQL can use an index on the
//! same expression.

mod query;
mod rank;
mod vector;

pub use query::{TextQuery, TsQuery, phraseto_tsquery, plainto_tsquery, to_tsquery, websearch_to_tsquery};
pub use rank::{ts_headline, ts_headline_with, ts_rank, ts_rank_cd, ts_rank_normalized};
pub use vector::{setweight, to_tsvector};
