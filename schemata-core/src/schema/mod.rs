//! Tables, columns and constraints as constants: what a model says of its table, before any text is built.

pub(crate) mod column;
pub(crate) mod column_type;
pub(crate) mod constraint;
mod constraint_ref;
pub(crate) mod fit;
mod index;
mod mapping;
pub(crate) mod message;
pub(crate) mod sql_type;
pub(crate) mod table;
pub(crate) mod type_name;
mod unmanaged;
pub(crate) mod verify;
pub(crate) mod wire;

pub use crate::param::Wire;
pub use column::{Column, DefaultValue, Identity, Literal, Role};
pub use column_type::{ArrayElement, ColumnType, ForeignKeyTo, IntoValue};
pub use constraint::{Action, Check, Unique};
pub use constraint_ref::ConstraintRef;
pub use index::{Index, IndexPart, Indexed, NullsOrder};
pub use sql_type::{LiteralKinds, SqlType, TypeKind};
pub use table::{ForeignKey, Table};
pub use unmanaged::{Unmanaged, UnmanagedPart};
