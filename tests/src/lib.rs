//! Shared support of the test bench.

pub mod catalog;
//pub mod corpus;
pub mod label;
#[cfg(unix)]
pub mod process;
pub mod runtime;
pub mod shop;
pub mod wire;

/// An empty database of this test's own.
///
/// # Panics
/// When there is no server to create it on; the message says what to install.
pub async fn fresh_database() -> schemata::testing::TestDatabase {
    schemata::testing::TestDatabase::create().await.unwrap_or_else(|error| panic!("{error}"))
}
