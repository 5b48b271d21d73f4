//! Relations: foreign keys as typed constants, conditions along them, and loading the rows that belong to a page of others.

mod condition;
mod foreign_key;
pub(crate) mod keyed;
mod load;
mod related;

pub use foreign_key::Relation;
pub use load::Load;
pub use related::Related;
