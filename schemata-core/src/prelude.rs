//! What an application's files need most: `use schemata::prelude::*;`.

#[cfg(feature = "derive")]
pub use schemata_derive::{Constraints, Newtype, PgEnum, Projection, TableModel, TextEnum, migration};

pub use crate::exec::{Db, Executor, Tx};
pub use crate::migrate::{Migration, MigrationResult};
#[cfg(feature = "chrono")]
pub use crate::model::{Audit, SoftDelete};
pub use crate::model::{TableModel, Write};
pub use crate::query::Condition;
pub use crate::tables;
