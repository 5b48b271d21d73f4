//! Typed queries: columns and expressions, conditions, orders, joins, lists, aggregates and pages. An expression belongs to the
//! tables that it reads, so that a query that does not read them does not compile.

mod aggregate;
mod arithmetic;
mod array;
mod col;
mod column_list;
mod combine;
mod compare;
mod condition;
mod derived_table;
mod expr;
mod fetch;
mod group;
mod join;
#[cfg(feature = "json")]
mod json;
mod order;
mod page;
mod project;
pub(crate) mod projection;
mod row_columns;
mod scope;
mod select;
mod select_list;
mod source;
mod subselect;
mod table_function;
mod text;
pub(crate) mod unbounded_impls;
mod with;

pub use crate::cursor::{CursorError, CursorKey};
pub use aggregate::{Aggregate, Extremes, Numeric, count};
pub use arithmetic::{Calculates, Number};
pub use array::ArrayColumn;
pub use col::{Col, ReadOnly, Settable, Writable};
pub(crate) use column_list::names;
pub use column_list::{ColumnList, SettableColumns};
pub use combine::{Position, position};
pub use condition::{Condition, IntoCondition};
pub use derived_table::{from_function, from_query};
pub use expr::{Expr, IntoExpr, NullableOperand, Operand, bind};
pub use group::Grouped;
pub use join::{FirstRow, JoinCondition, Joinable, Models, Tables, Unlisted};
#[cfg(feature = "json")]
pub use json::JsonColumn;
pub use order::{IntoOrder, Order};
pub use page::{Page, Paging};
pub use project::ProjectJoined;
pub use projection::{HoldsNull, Missing, Projection, ProjectionOf, ReadAs};
pub use row_columns::{DerivedTable, RowColumns, RowOf, Standalone};
pub use scope::{
    Aggregated, Both, Combined, Correlated, Defaulted, Full, Group, Inner, Join, JoinKind, Left, ReadBy, Right,
    Settled, Totals, Ungrouped, Within,
};
pub use select::Select;
pub use select_list::{ListTrees, ModelRow, SelectList, model};
pub(crate) use source::from_item;
pub use source::{Source, SourceTable};
pub use subselect::{SubselectOf, exists, scalar};
pub use table_function::{ArrayTrees, Arrays, TableFunction, generate_series, unnest};
pub use text::TextColumn;
pub use with::{With, with, with_recursive, with_recursive_distinct};
