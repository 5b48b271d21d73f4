//! Relations: foreign keys as typed constants, conditions along them, and loading what belongs to a page of rows.

mod condition;
mod foreign_key;
mod keyed;
mod load;
mod related;

pub use foreign_key::Relation;
pub use keyed::{Keyed, Keys, keys};
pub use load::Load;
pub use related::Related;
