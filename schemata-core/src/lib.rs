//! Schemata: a PostgreSQL-first ORM for Rust.

#[cfg(feature = "embedded")]
pub mod embedded;
#[cfg(feature = "embedded")]
pub mod testing;
