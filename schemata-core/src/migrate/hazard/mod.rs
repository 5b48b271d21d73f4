//! Finds the statements that are dangerous on a large table in use, and says what they lock, why that takes long, and what to
//! write instead.
//!
//! Only the text of the statements is read, except in `live_tables`, which asks the database about the tables. The insides of
//! `DO` blocks and functions are not seen, nor what a dynamic migration does after its first read.

mod alter_table;
mod clause;
pub(crate) mod earlier_statements;
pub(crate) mod find;
pub(crate) mod hazard_types;
pub(crate) mod live_tables;
mod new_column;
mod other_statements;
pub(crate) mod refusal;
mod widening;

pub use refusal::{Hazard, Hazardous, HazardousStep};
