//! A catalog as models: structs with attributes, as a person would write them, and a list of what they cannot express.
//!
//! `inspect` writes them for an application, `generate` into the migration that creates the tables.

mod attributes;
mod build;
mod case;
mod constraints;
mod created_types;
mod expression;
mod fields;
mod indexes;
mod leaked_table;
mod model;
mod names;
mod redundant_casts;
mod rust_types;
mod sketcher;
mod value_source;
mod write;

pub(crate) use case::{camel_case, snake_case};
pub(crate) use leaked_table::leaked_table;
pub use model::LeftOut;
pub(crate) use model::{Sketch, Style};
pub(crate) use names::{raw, unraw};
pub(crate) use sketcher::Sketcher;
pub(crate) use write::{comment, crates, created_type, enumeration, imports, imports_of_types, model};
