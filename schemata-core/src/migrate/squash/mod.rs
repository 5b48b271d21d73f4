//! Squashes: migrations that replace others, so that a new database runs one where an old one ran many.

pub(crate) mod compared_migrations;
pub(crate) mod coverage;
pub(crate) mod lists;

#[cfg(test)]
mod tests;
