//! Tables, columns and constraints as constants: what a model says of its table, before any text is built.

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
mod unmanaged;
pub(crate) mod wire;

pub use crate::param::Wire;
pub use column::{Column, DefaultValue, Identity, Literal, Role};
pub use column_type::{ArrayElement, ColumnType, ForeignKeyTo, IntoValue};
pub use constraint::{Check, ReferentialAction, Unique};
pub use constraint_ref::ConstraintRef;
pub use index::{Index, IndexPart, Indexed, NullsOrder};
pub use sql_type::{LiteralKinds, SqlType, TypeKind};
pub use table::{ForeignKey, Table};
pub use unmanaged::{Unmanaged, UnmanagedPart};
