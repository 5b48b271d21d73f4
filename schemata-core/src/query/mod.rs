//! Typed queries: column handles, conditions, orders, selections, aggregates and pages. A handle belongs to its model, so that a
//! condition on another model's column does not compile.

mod aggregate;
mod array;
mod col;
mod column_list;
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
pub(crate) mod unbounded_impls;

pub use crate::cursor::{CursorError, CursorKey};
pub use aggregate::{Aggregate, AggregateList, Extremes, Group, Numeric, count};
pub use array::ArrayColumn;
pub use col::{Col, ReadOnly, Settable, Writable};
pub(crate) use column_list::names;
pub use column_list::{ColumnList, SettableColumns};
pub use condition::Condition;
pub use group::{Grouped, Groups, Totals};
#[cfg(feature = "json")]
pub use json::JsonColumn;
pub use order::{IntoOrder, Order};
pub use page::{Page, Paging};
pub use select::Select;
pub use selection::{Columns, Projected, Projection, RowWise, Selection, Whole};
pub use text::TextColumn;
