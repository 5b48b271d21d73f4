//! What a database really contains, in PostgreSQL's own words, and how two of them differ.

mod diff;
mod object;
mod objects;
mod others;
mod queries;
mod read;
mod sides;
mod snapshot;
mod unmanaged;
mod whole;
mod words;

pub use diff::differences;
pub use object::{ConstraintKind, ConstraintState, IndexKey, IndexPartState, IndexState};
pub use sides::{Difference, Side, Sides};
pub use snapshot::{
    Catalog, ColumnState, EnumState, Generated, RowSecurity, TableState, TriggerState, TypeClass, TypeName,
};

#[cfg(feature = "dev")]
pub(crate) use object::Named;
pub(crate) use read::read;
#[cfg(feature = "dev")]
pub(crate) use unmanaged::comment_of;
pub(crate) use unmanaged::{Declared, Extent};
pub(crate) use whole::{Object, Whole, of_schemas, whole};
