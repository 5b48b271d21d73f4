//! Arrays: `conditions` on them, and `functions` of them.

mod conditions;
mod functions;

pub use conditions::{ArrayColumn, ArrayOperand};
