//! Models: what the derive implements, and the operations every model has.

#[cfg(feature = "chrono")]
mod audit;
mod constraint;
mod group;
mod key;
mod ops;
#[cfg(feature = "chrono")]
mod soft_delete;
mod write;

#[cfg(feature = "chrono")]
pub use audit::{Actor, Audit, AuditColumns};
pub use constraint::ConstraintSet;
pub use group::{ColumnGroup, GroupHandles};
pub use key::Key;
pub use ops::{Insert, TableModel, Update};
#[cfg(feature = "chrono")]
pub use soft_delete::{SoftDelete, SoftDeleteColumns};
pub use write::{Assign, Complete, Draft, Omittable, Running, Set, Sought, Unset, Write, WriteKind};
