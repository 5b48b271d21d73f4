//! Column groups: columns that several models share, with the behaviour that belongs to them.

#[cfg(feature = "chrono")]
pub(crate) mod audit;
pub(crate) mod column_group;
pub(crate) mod row_version;
#[cfg(feature = "chrono")]
pub(crate) mod soft_delete;
#[cfg(feature = "utoipa")]
mod to_schema;
