//! Relations: how rows refer to other rows, as typed constants; conditions along them, loading the rows that belong to others,
//! and the links of a join table.

mod condition;
mod foreign_key;
pub(crate) mod keyed;
mod links;
mod load;
mod load_each;
mod many_to_many;
mod nested;
mod owner_link;
mod owner_rows;
mod owners_by_key;
mod related;

pub use foreign_key::Relation;
pub use links::{AddLinks, LinkOwner, RemoveLinks, Replaced, SetLinks};
pub use load::{Each, Load, LoadTotals, One, Owners};
pub use load_each::{LoadEach, LoadWith, Loading};
pub use many_to_many::ManyToMany;
pub use nested::{Nested, NestedPage, OnSnapshot};
pub use related::Related;
