//! Keyset paging.
