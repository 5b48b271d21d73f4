//! Tables, columns, constraints and types as constants: what a model declares, before any SQL is built.
//!
//! Checks run in constant evaluation (`column_checks`); `wire` has the binary formats that the driver would not keep exactly.

mod builtin_types;
pub(crate) mod column;
pub(crate) mod column_checks;
pub(crate) mod column_lists;
pub(crate) mod column_type;
pub(crate) mod const_message;
pub(crate) mod constraint;
mod constraint_ref;
mod index;
pub(crate) mod sql_type;
pub(crate) mod table;
mod ts_vector;
pub(crate) mod type_name;
mod unmanaged;
pub(crate) mod wire;

pub use crate::param::Wire;
pub use column::{Column, DefaultValue, Identity, Literal, Role};
pub use column_type::{ArrayElement, ColumnType, InnerOf, IntoValue, Never, NullOf, Nullness, Perhaps};
pub use constraint::{Check, ReferentialAction, Unique};
pub use constraint_ref::ConstraintRef;
pub use index::{Index, IndexPart, Indexed, NullsOrder};
pub use sql_type::{LiteralKinds, SqlType, TypeKind};
pub use table::{ForeignKey, Table};
pub use ts_vector::{TsVector, Weight, Word};
pub use unmanaged::{Unmanaged, UnmanagedPart};
