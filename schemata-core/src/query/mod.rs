//! Typed queries: columns and expressions, conditions, orders, joins, lists, aggregates and pages. An expression belongs to the
//! tables that it reads, so that a query that does not read them does not compile.

mod aggregate;
mod argument;
mod arithmetic;
mod array;
mod col;
mod column_list;
mod compare;
mod condition;
#[cfg(feature = "chrono")]
mod date_arithmetic;
mod expr;
mod fetch;
pub mod functions;
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
pub(crate) mod unbounded_impls;
mod whitelist;

pub use crate::cursor::{CursorError, CursorKey};
pub use aggregate::{Aggregate, Extremes, Numeric, count};
pub use argument::{Argument, ExprList};
pub use arithmetic::{Calculates, Continuous, DividedBy, Minus, Modulo, Number, Operator, Plus, Signed, Times};
pub use array::ArrayColumn;
pub use col::{Col, ReadOnly, Settable, Writable};
pub(crate) use column_list::names;
pub use column_list::{ColumnList, SettableColumns};
pub use condition::{Condition, IntoCondition};
pub use expr::{Expr, IntoExpr, NullableOperand, Operand, bind};
pub use functions::{case, coalesce, greatest, least, lower, nullif, upper};
#[cfg(feature = "chrono")]
pub use functions::{date_trunc, now};
pub use group::Grouped;
pub use join::{FirstRow, JoinCondition, Joinable, Models, Tables};
#[cfg(feature = "json")]
pub use json::JsonColumn;
pub use order::{IntoOrder, Order};
pub use page::{Page, Paging};
pub use projection::Projection;
pub use scope::{
    Aggregated, Both, Correlated, Defaulted, Either, Full, Group, Inner, Join, JoinKind, Left, Lifted, Nullable,
    ReadBy, Right, Settled, Totals, Ungrouped, Within,
};
pub use select::Select;
pub use select_list::{ModelRow, SelectList, model};
pub(crate) use source::from_item;
pub use source::{Source, SourceTable};
pub use subselect::{SubselectOf, exists, scalar};
pub use text::TextColumn;
pub use whitelist::{Filterable, RequestError, Sortable};
