//! Request structs: what `#[derive(Insertable)]` and `#[derive(Patch)]` implement and verify.

pub(crate) mod field;
pub(crate) mod row;
pub(crate) mod verify;
