//! Typed queries: columns and expressions, conditions, orders, joins, lists, aggregates and pages. An expression belongs to the
//! tables that it reads, so that a query that does not read them does not compile.

mod aggregate;
mod arithmetic;
mod array;
mod col;
mod column_list;
mod compare;
mod condition;
mod excluded;
mod expr;
mod fetch;
mod group;
mod join;
#[cfg(feature = "json")]
mod json;
mod new_value;
mod order;
mod page;
mod projection;
mod scope;
mod select;
mod select_list;
mod source;
mod subselect;
mod text;
pub(crate) mod unbounded_impls;

pub use crate::cursor::{CursorError, CursorKey};
pub use aggregate::{Aggregate, Extremes, Numeric, count};
pub use arithmetic::{Calculates, Number};
pub use array::ArrayColumn;
pub use col::{Col, ReadOnly, Settable, Writable};
pub(crate) use column_list::names;
pub use column_list::{ColumnList, SettableColumns};
pub use condition::{Condition, IntoCondition};
pub use excluded::{Excluded, OnConflict, excluded};
pub(crate) use expr::SideTree;
pub use expr::{Expr, IntoExpr, NullableOperand, Operand, bind};
pub use group::Grouped;
pub use join::{FirstRow, JoinCondition, Joinable, Models, Tables};
#[cfg(feature = "json")]
pub use json::JsonColumn;
pub use new_value::NewValue;
pub use order::{IntoOrder, Order};
pub use page::{Page, Paging};
pub use projection::Projection;
pub use scope::{
    Aggregated, Both, Correlated, Defaulted, Full, Group, Inner, Join, JoinKind, Left, ReadBy, Right, Settled, Totals,
    Ungrouped, Within,
};
pub use select::Select;
pub(crate) use select_list::trees;
pub use select_list::{ModelRow, SelectList, model};
pub(crate) use source::from_item;
pub use source::{Source, SourceTable};
pub use subselect::{SubselectOf, exists, scalar};
pub use text::TextColumn;
