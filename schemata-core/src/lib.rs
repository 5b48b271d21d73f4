//! Schemata: a PostgreSQL-first ORM for Rust.
