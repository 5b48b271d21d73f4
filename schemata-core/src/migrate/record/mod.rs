//! Recording migrations without a database: what each does, its checksum, and the order in which modules run.

pub(crate) mod checksum;
mod module_order;
mod recorded;

pub(crate) use recorded::{Recorded, former_names, operations, record, record_all};
