//! A catalog as models: structs with attributes, as a person would write them, and what they cannot say.
//!
//! `inspect` writes them for an application, `generate` for the migration that creates the tables.

mod attributes;
mod build;
mod case;
mod constraints;
mod expression;
mod fields;
mod indexes;
mod model;
mod names;
mod plainer;
mod plan;
mod twin;
mod types;
mod value;
mod write;

pub(crate) use case::snake_case;
pub use model::LeftOut;
pub(crate) use model::{Sketch, Style};
pub(crate) use names::{raw, unraw};
pub(crate) use plan::Plan;
pub(crate) use twin::table as twin;
pub(crate) use write::{comment, crates, enumeration, imports, model};
