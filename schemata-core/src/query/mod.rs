//! Typed queries: columns and expressions, conditions, orders, joins, lists, aggregates and pages. An expression belongs to the
//! tables that it reads, so that a query that does not read them does not compile.

mod aggregate;
mod arithmetic;
mod array;
mod col;
mod column_list;
mod compare;
mod condition;
mod expr;
mod fetch;
mod group;
mod join;
#[cfg(feature = "json")]
mod json;
mod order;
mod page;
mod projection;
mod scope;
mod select;
mod select_list;
mod source;
mod subselect;
mod text;
mod text_search;
pub(crate) mod unbounded_impls;
mod window;

pub use crate::cursor::{CursorError, CursorKey};
#[cfg(feature = "json")]
pub use aggregate::jsonb_object_agg;
pub use aggregate::{Aggregate, Extremes, Numeric, count};
pub use arithmetic::{Calculates, Number};
pub use array::{ArrayColumn, ArrayOperand};
pub use col::{Col, ReadOnly, Settable, Writable};
pub(crate) use column_list::names;
pub use column_list::{ColumnList, SettableColumns};
pub use condition::{Condition, IntoCondition};
pub use expr::{Expr, IntoExpr, NullableOperand, Operand, bind};
pub use group::Grouped;
pub use join::{FirstRow, JoinCondition, Joinable, Models, Tables};
#[cfg(feature = "json")]
pub use json::{JsonColumn, JsonMembers, JsonOperand, jsonb_build_object, to_jsonb};
pub use order::{IntoOrder, Order};
pub use page::{Page, Paging};
pub use projection::Projection;
pub use scope::{
    Aggregated, Both, Correlated, Defaulted, Elements, Full, Group, Inner, Join, JoinKind, Left, ListedBy, ReadBy,
    Right, Settled, SettledElements, Totals, Ungrouped, Windowed, Within,
};
pub use select::Select;
pub use select_list::{ModelRow, SelectList, model};
pub(crate) use source::from_item;
pub use source::{Source, SourceTable};
pub use subselect::{SubselectOf, array, exists, scalar};
pub use text::TextColumn;
pub use text_search::{
    TextQuery, TsQuery, phraseto_tsquery, plainto_tsquery, setweight, to_tsquery, to_tsvector, ts_headline,
    ts_headline_with, ts_rank, ts_rank_cd, ts_rank_normalized, websearch_to_tsquery,
};
pub use window::{
    FrameBound, Window, WindowFunction, cume_dist, current_row, dense_rank, following, ntile, percent_rank, preceding,
    rank, row_number, unbounded_following, unbounded_preceding, window,
};
