//! Request structs: what `#[derive(Insertable)]` and `#[derive(Patch)]` implement and verify.

pub(crate) mod compile_time_checks;
pub(crate) mod field;
pub(crate) mod row;
