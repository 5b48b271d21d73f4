//! JSON documents: `conditions` on them, `access` to their parts, `build` for new ones.

mod access;
mod build;
mod conditions;

pub use build::{JsonMembers, jsonb_build_object, to_jsonb};
pub use conditions::{JsonColumn, JsonOperand};
