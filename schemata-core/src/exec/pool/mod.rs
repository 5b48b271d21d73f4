//! The pool of connections.

pub(crate) mod nested_acquire;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
pub(crate) mod pool;
