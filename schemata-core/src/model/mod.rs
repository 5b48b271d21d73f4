//! Models: what the derive implements, and the operations every model has.
#![cfg_attr(
    not(feature = "chrono"),
    allow(unused_imports, dead_code, reason = "the groups with timestamps, and what needs them, are left out")
)]

mod assign;
#[cfg(feature = "chrono")]
mod audit;
mod batch;
mod change_job;
mod change_many;
mod constraint;
mod delete;
mod draft;
mod group;
mod insert_many;
mod judge;
mod key;
mod kind;
mod limits;
mod lock;
mod matching;
mod ops;
mod patch;
mod plan;
mod rank;
pub(crate) mod request;
mod returning;
mod row_update;
mod rows;
#[cfg(feature = "chrono")]
mod soft_delete;
mod state;
mod unique;
mod upsert;
mod upsert_job;
mod upsert_many;
mod validate;
mod version;
mod write;

pub use assign::{Assign, Sought};
#[cfg(feature = "chrono")]
pub use audit::{Actor, Audit, AuditColumns};
pub use batch::Keep;
pub use change_many::ChangeMany;
pub use constraint::ConstraintSet;
pub use delete::Delete;
pub use draft::Draft;
pub use group::{ColumnGroup, GroupHandles, Has};
pub use insert_many::InsertMany;
pub use judge::{Findings, Incoming, Judge, Subject};
pub use key::Key;
pub use kind::{ChangesRows, Insert, Running, Update, UpdateWhere, WriteKind};
pub use ops::TableModel;
pub use patch::{At, Change, Field, Given, Insertable, NewRow, Patch, Row};
pub use plan::{Decided, DoNothing, DoUpdate, MayUpdate, Undecided};
pub use returning::{Columns, Returning, Returns, SettableColumns, Shape};
pub use row_update::{RowUpdate, UpdateItem};
pub use rows::{AllRows, Rows};
#[cfg(feature = "chrono")]
pub use soft_delete::{SoftDelete, SoftDeleteColumns};
pub use state::{Complete, Omittable, Set, Unset};
pub use unique::{ConflictKey, UniqueKey};
pub use upsert::{Upsert, UpsertMaybe};
pub use upsert_many::UpsertMany;
pub use version::{RowVersion, RowVersionColumns};
pub use write::Write;
