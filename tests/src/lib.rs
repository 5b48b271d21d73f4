//! Shared support of the test bench.

pub mod private_server;

/// The guide's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/private-postgres.md")]
mod guide {}
