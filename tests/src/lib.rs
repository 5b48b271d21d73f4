//! Shared support of the test bench.

pub mod catalog;
pub mod private_server;
//pub mod corpus;
pub mod requests;
pub mod shop;
pub mod warehouse;
pub mod wire;

/// An empty database of this test's own.
///
/// # Panics
/// When there is no server to create it on; the message says what to install.
pub async fn fresh_database() -> schemata::testing::TestDatabase {
    schemata::testing::TestDatabase::create().await.unwrap_or_else(|error| panic!("{error}"))
}
