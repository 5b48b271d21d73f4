//! Recording migrations without a database: what each does, its checksum, and the order in which modules run.

pub(crate) mod checksum;
mod module_order;
mod recorded;

#[cfg(feature = "dev")]
pub(crate) use recorded::former_names;
pub(crate) use recorded::{Recorded, operations, record, record_all};
