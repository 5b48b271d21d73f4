//! Test databases: a real, isolated one per test, removed afterwards.
//!
//! With `TEST_DATABASE_URL` set, databases are created on that server (its role needs CREATEDB),
//! otherwise on the workspace's ephemeral [`PrivateServer`](crate::embedded::PrivateServer).
//! `DATABASE_URL` is never read, so a test cannot touch an application's data. Names begin with
//! `schemata_test_`, those of templates with `schemata_tpl_`.
//!
//! `SCHEMATA_PG_KEEP=1` keeps the databases of failed tests, and prints how to open them.
//!
//! [`check`], [`linked`] and [`check_test!`](crate::check_test) test that models, migrations and program agree.

mod admin;
mod check;
mod database;
mod error;
mod name;
pub(crate) mod program;
mod sources;
mod template;
mod url;

pub use crate::prove::WrongQuery;
pub use check::{check, check_queries, check_set, check_with};
pub use database::TestDatabase;
pub use error::{TestError, UnlinkedMigration};
pub use program::linked;
