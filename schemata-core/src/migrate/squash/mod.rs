//! Squashes: migrations that stand for others, so that a new database runs one where an old one ran many.

mod error;
pub(crate) mod lists;
pub(crate) mod mark;
pub(crate) mod pieces;
pub(crate) mod standing;

pub use error::SquashError;

#[cfg(test)]
mod tests;
