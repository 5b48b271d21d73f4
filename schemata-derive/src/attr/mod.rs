//! Parses the attributes `#[table(…)]` and `#[column(…)]`. Only their form is checked here.

pub(crate) mod clause;
pub(crate) mod column;
pub(crate) mod constraint;
pub(crate) mod created_type;
pub(crate) mod entry;
pub(crate) mod index;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod slot;
pub(crate) mod table;
pub(crate) mod unmanaged;
pub(crate) mod value;
