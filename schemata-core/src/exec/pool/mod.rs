//! The pool of connections: acquiring and returning them, and failing over to a server that takes writes.

pub(crate) mod failover_pause;
pub(crate) mod nested_acquire;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
pub(crate) mod pool;
