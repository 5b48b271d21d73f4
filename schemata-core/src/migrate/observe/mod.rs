//! Observes what statements do to others: locks, rewrites and scans, from inside their transaction (`effect_recorder`) or from
//! another session (`concurrent_locks`). What that means is judged in `prove/measure`.

pub(crate) mod concurrent_locks;
pub(crate) mod effect_recorder;
