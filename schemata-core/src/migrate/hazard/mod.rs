//! Finds the statements that are dangerous on a large table in use, and says what they lock, why that takes long, and
//! what to write instead.
//!
//! Only the text of the statements is read; `migrate/live_tables.rs` asks the database about their tables. The insides
//! of `DO` blocks and functions are not seen, nor what a dynamic migration does after its first read.

mod alter_table;
mod clause;
pub(crate) mod earlier_statements;
pub(crate) mod find;
pub(crate) mod hazard_types;
mod new_column;
mod other_statements;
pub(crate) mod refusal;
pub(crate) mod widening;

pub use refusal::{Hazard, Hazardous, HazardousStep};
