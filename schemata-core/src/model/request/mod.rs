//! Request structs: what `#[derive(Insertable)]` and `#[derive(Patch)]` implement.

pub(crate) mod field;
pub(crate) mod row;
