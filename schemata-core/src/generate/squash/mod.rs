//! `squash`: one migration in place of the first ones, equal to them to the last object.

mod draft;
mod extent;
mod reread;
mod settle;

pub use draft::Squash;
