//! `squash`: one migration that replaces the first ones and makes exactly what they make.

mod draft;
mod range;
mod step_order;

pub use draft::Squash;
pub(crate) use draft::{find_steps, squash};
