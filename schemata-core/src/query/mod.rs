//! Typed builders of queries, bound by [`FromRow`](crate::FromRow) and by the model a column belongs to.

mod aggregate;
mod array;
mod col;
mod compare;
mod condition;
mod fetch;
mod group;
#[cfg(feature = "json")]
mod json;
mod order;
mod page;
mod select;
mod selection;
mod subselect;
mod text;

pub use crate::cursor::{CursorError, CursorKey};
pub use aggregate::{Aggregate, AggregateList, Extremes, Group, Numeric, count};
pub use array::ArrayColumn;
pub use col::{Col, Kept, Open, Settable};
pub use condition::Condition;
pub use group::{Grouped, Groups, Totals};
#[cfg(feature = "json")]
pub use json::JsonColumn;
pub use order::{IntoOrder, Keys, Order};
pub use page::{Page, Paging};
pub use select::Select;
pub use selection::{ColumnList, Columns, List, Projected, Projection, RowWise, Selection, Whole};
pub use text::TextColumn;
