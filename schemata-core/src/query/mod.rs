//! Typed queries: columns and expressions, conditions, orders, joins, lists, aggregates and pages. An expression belongs to the
//! tables that it reads, so that a query that does not read them does not compile.

mod aggregate;
mod argument;
mod arithmetic;
mod array;
mod col;
mod column_list;
mod combine;
mod compare;
mod condition;
#[cfg(feature = "chrono")]
mod date_arithmetic;
mod derived_table;
mod excluded;
mod expr;
mod fetch;
pub mod functions;
mod group;
mod join;
#[cfg(feature = "json")]
mod json;
mod new_value;
mod order;
mod page;
mod project;
pub(crate) mod projection;
mod range;
mod row_columns;
mod scope;
mod select;
mod select_list;
mod source;
mod subselect;
mod subtotals;
mod table_function;
mod text;
mod text_search;
pub(crate) mod unbounded_impls;
mod values;
mod whitelist;
mod window;
mod with;

pub use crate::cursor::{CursorError, CursorKey};
#[cfg(feature = "json")]
pub use aggregate::jsonb_object_agg;
pub use aggregate::{Aggregate, Extremes, Numeric, count};
pub use argument::{Argument, ExprList};
pub use arithmetic::{Calculates, Continuous, DividedBy, Minus, Modulo, Number, Operator, Plus, Signed, Times};
pub use array::{ArrayColumn, ArrayOperand};
pub use col::{Col, ReadOnly, Settable, Writable};
pub(crate) use column_list::names;
pub use column_list::{ColumnList, SettableColumns};
pub use combine::{Position, position};
pub use condition::{Condition, IntoCondition};
pub use derived_table::{from_function, from_query};
pub use excluded::{Excluded, OnConflict, excluded};
pub(crate) use expr::SideTree;
pub use expr::{Expr, IntoExpr, NullableOperand, Operand, bind};
pub(crate) use fetch::rows;
pub use functions::{case, coalesce, greatest, least, lower, nullif, upper};
#[cfg(feature = "chrono")]
pub use functions::{date_trunc, now};
pub use group::Grouped;
pub use join::{FirstRow, JoinCondition, Joinable, Models, Tables, Unlisted};
#[cfg(feature = "json")]
pub use json::{JsonColumn, JsonMembers, JsonOperand, jsonb_build_object, to_jsonb};
pub use new_value::NewValue;
pub use order::{IntoOrder, Order};
pub use page::{Page, Paging};
pub use project::ProjectJoined;
pub use projection::{HoldsNull, Missing, Projection, ProjectionOf, ReadAs};
pub use range::RangeColumn;
pub use row_columns::{ColumnTypes, DerivedTable, RowOf, Standalone};
pub use scope::{
    Aggregated, Both, Combined, Correlated, Defaulted, Either, Elements, Full, Group, Grouping, Inner, Join, JoinKind,
    Left, Lifted, ListedBy, Nullable, OfRows, OfValues, OrderedSet, ReadBy, Refinable, Refined, Right, Settled,
    SettledElements, Subtotals, Totals, Ungrouped, Windowable, Windowed, Within,
};
pub use select::Select;
pub(crate) use select_list::trees;
pub use select_list::{ListPart, ListTrees, ModelRow, SelectList, model};
pub(crate) use source::from_item;
pub use source::{Source, SourceTable};
pub use subselect::{SingleColumn, SubselectOf, array, exists, scalar};
pub use subtotals::{GroupingSets, SubtotalKeys, grouping};
pub use table_function::{ArrayTrees, Arrays, TableFunction, generate_series, unnest};
pub use text::TextColumn;
pub use text_search::{
    TextQuery, TsQuery, phraseto_tsquery, plainto_tsquery, setweight, to_tsquery, to_tsvector, ts_headline,
    ts_headline_with, ts_rank, ts_rank_cd, ts_rank_normalized, websearch_to_tsquery,
};
pub use values::{ValueTrees, ValuesRow, values};
pub use whitelist::{Filterable, RequestError, Sortable};
pub use window::{
    FrameBound, Window, WindowFunction, cume_dist, current_row, dense_rank, following, ntile, percent_rank, preceding,
    rank, row_number, unbounded_following, unbounded_preceding, window,
};
pub use with::{With, with, with_recursive, with_recursive_distinct};
