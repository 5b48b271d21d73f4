//! The history of the database, oldest first. An applied migration never changes: write a new one.

schemata::migrations!();
