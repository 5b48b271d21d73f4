//! Tables, columns, constraints and types as constants: what a model declares, before any SQL is built.
//!
//! A program can read the table of a model, for example to document it:
//!
//! ```
//! use schemata::schema::{Indexed, NullsOrder, Role, Table, Unmanaged, UnmanagedPart};
//!
//! fn notes(table: &Table) -> Vec<String> {
//!     let columns = table.columns.iter().map(|column| {
//!         let set_by = match column.role {
//!             Role::CreatedBy | Role::UpdatedBy => " names the actor",
//!             Role::Version => " counts updates",
//!             _ => "",
//!         };
//!         let default = if column.unmanaged.contains(&UnmanagedPart::Default) { ", with a default of the database" } else { "" };
//!         format!("{}{set_by}{default}", column.name)
//!     });
//!     let indexed = table.indexes.iter().flat_map(|index| index.parts).map(|part| {
//!         let nulls = if part.nulls == Some(NullsOrder::First) { ", NULL first" } else { "" };
//!         match part.of {
//!             Indexed::Expression(sql) => format!("an index on the expression {sql}{nulls}"),
//!             Indexed::Column(name) => format!("an index on {name}{nulls}"),
//!             _ => "an index".to_owned(),
//!         }
//!     });
//!     let left = table.unmanaged.iter().map(|object| match object {
//!         Unmanaged::Trigger(name) => format!("trigger {name} is the database's"),
//!         other => format!("{other:?} is the database's"),
//!     });
//!     columns.chain(indexed).chain(left).collect()
//! }
//!
//! use schemata::schema::{Column, Index, IndexPart};
//! const INDEXES: &[Index] = &[Index::new(&[IndexPart::expression("lower(note)").nulls_first()])];
//! const COLUMNS: &[Column] = &[Column::of::<i64>("id"), Column::of::<i64>("version").role(Role::Version)];
//! const TABLE: Table = Table::new("orders", COLUMNS, &["id"]).indexes(INDEXES).unmanaged(&[Unmanaged::Trigger("log")]);
//! let expected =
//!     ["id", "version counts updates", "an index on the expression lower(note), NULL first", "trigger log is the database's"];
//! assert_eq!(notes(&TABLE), expected);
//! ```
//!
//! Checks run in constant evaluation (`column_checks`); `wire` has the binary formats that the driver would not keep
//! exactly.

mod builtin_types;
pub(crate) mod column;
pub(crate) mod column_checks;
pub(crate) mod column_lists;
mod column_options;
pub(crate) mod column_type;
pub(crate) mod const_message;
pub(crate) mod constraint;
mod constraint_ref;
mod crates;
mod index;
mod interval;
mod into_text;
pub(crate) mod limit;
pub(crate) mod pg;
mod refused_types;
pub(crate) mod sql_type;
mod std_integers;
mod std_types;
mod stored_as;
pub(crate) mod table;
mod ts_vector;
pub(crate) mod type_name;
mod unknown_variant;
mod unmanaged;
pub(crate) mod wire;

pub use crate::param::Wire;
pub use column::{Column, DefaultValue, Identity, Literal, Role};
pub use column_options::{NotNull, SequenceOptions, Storage};
pub use column_type::{ArrayElement, ColumnType, InnerOf, IntoValue, ListElement, Never, NullOf, Nullness, Perhaps};
pub use constraint::{Check, Deferral, Exclude, ExcludePart, KeyOptions, ReferentialAction, Unique, Validity};
pub use constraint_ref::ConstraintRef;
pub use index::{Index, IndexPart, Indexed, NullsOrder};
pub use interval::Interval;
pub use sql_type::{Attribute, Comparison, Domain, LiteralKinds, SqlType, TypeKind};
pub use table::{ForeignKey, Table};
pub use ts_vector::{TsVector, Weight, Word};
pub use unknown_variant::{UnknownLabelError, UnknownNumberError};
pub use unmanaged::{Unmanaged, UnmanagedPart};
