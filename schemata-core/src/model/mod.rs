//! Models: the trait that the derive implements, with the operations that every model has.
#![cfg_attr(
    not(feature = "chrono"),
    allow(unused_imports, dead_code, reason = "the groups with timestamps, and what needs them, are left out")
)]

pub(crate) mod audit_actor;
pub(crate) mod batch;
mod constraint_set;
pub(crate) mod groups;
mod key;
pub(crate) mod request;
pub(crate) mod table_model;
mod unique_key;
pub(crate) mod validate;
pub(crate) mod verify_request;
pub(crate) mod write;

pub use batch::change_many::{ChangeMany, RowUpdate};
pub use batch::insert_many::{InsertMany, Iterated, Streamed};
pub use batch::key_order::Keep;
pub use batch::upsert_many::UpsertMany;
pub use constraint_set::ConstraintSet;
#[cfg(feature = "chrono")]
pub use groups::audit::{Actor, Audit, AuditColumns};
pub use groups::column_group::{Flattens, Has};
pub use groups::row_version::{RowVersion, RowVersionColumns};
#[cfg(feature = "chrono")]
pub use groups::soft_delete::{SoftDelete, SoftDeleteColumns};
pub use key::Key;
pub use request::field::Field;
pub use request::row::{Insertable, Patch};
pub use table_model::{HasKey, TableModel};
pub use unique_key::{ConflictKey, DeferrableKey, UniqueKey};
pub use validate::validator::{Findings, Incoming, Validator};
pub use write::assign::Assign;
pub use write::builder::Write;
pub use write::delete::Delete;
pub use write::insert::Insert;
pub use write::insert_select::{InsertSelect, UpsertSelect};
pub use write::joined::{JoinedDelete, JoinedReturning, JoinedUpdate};
pub use write::kind::{ChangesRows, WriteKind};
pub use write::on_conflict::{Decided, DoNothing, DoUpdate, MayUpdate, Undecided};
pub use write::required::{Complete, Omittable, Set, Unset};
pub use write::returning::Returning;
pub use write::row_condition::{AllRows, RowCondition};
pub use write::row_source::{OneStatement, ReturnsRows, RowSource, TakesRows, WrittenRows};
pub use write::update::{Update, UpdateWhere};
pub use write::upsert::{Upsert, UpsertMaybe};
pub use write::with_write::{ReadOfWrites, WithWrites, with_write};
