//! Typed builders of queries, bound by [`FromRow`](crate::FromRow) and by the model a column belongs to.

mod col;
mod condition;
mod order;
mod select;

pub use col::Col;
pub use condition::{Condition, TextColumn};
pub use order::{IntoOrder, Order};
pub use select::Select;
