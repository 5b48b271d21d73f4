//! The attributes `#[table(…)]` and `#[column(…)]`: what is written, checked for form only.

pub(crate) mod column;
pub(crate) mod constraint;
pub(crate) mod entry;
pub(crate) mod index;
pub(crate) mod keys;
pub(crate) mod slot;
pub(crate) mod table;
pub(crate) mod unmanaged;
pub(crate) mod value;
