//! Shared support of the test bench.

#[cfg(unix)]
pub mod bouncer;
pub mod catalog;
#[cfg(unix)]
pub mod cluster;
pub mod corners;
pub mod corpus;
pub mod dice;
pub mod errors;
pub mod fuzz;
pub mod jobs;
pub mod json_schema;
pub mod label;
pub mod library;
pub mod operations;
pub mod options;
#[cfg(unix)]
pub mod own_server;
pub mod owners;
pub mod polls;
pub mod private_server;
#[cfg(unix)]
pub mod process;
pub mod project;
pub mod registry;
pub mod requests;
pub mod runtime;
pub mod shapes;
pub mod shop;
pub mod stall;
pub mod tutorial;
pub mod type_matrix;
pub mod warehouse;
pub mod wire;
pub mod written_migrations;

/// Creates an empty database for one test.
///
/// # Panics
/// When there is no server to create it on; the message says what to install.
pub async fn fresh_database() -> schemata::testing::TestDatabase {
    schemata::testing::TestDatabase::create().await.unwrap_or_else(|error| panic!("{error}"))
}

/// Compiles the page's examples. Those of the other pages are in `tests/tests`, where they also run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/private-postgres.md")]
mod guide {}

/// A migration of the shop: its id, and its body.
#[macro_export]
macro_rules! migration {
    ($id:literal, |$m:ident| $body:block) => {{
        async fn run($m: &mut schemata::migrate::Migration<'_>) -> schemata::migrate::MigrationResult {
            $body
            Ok(())
        }
        $crate::shop::entry($id, |m| Box::pin(run(m)))
    }};
}
