//! The items that an application's files need most: `use schemata::prelude::*;`.

#[cfg(feature = "derive")]
pub use schemata_derive::{
    Constraints, FromRow, Insertable, IntEnum, Newtype, Patch, PgComposite, PgDomain, PgEnum, Projection, TableModel,
    TextEnum, migration,
};

pub use crate::exec::{AsActor, Db, Executor, Tx};
pub use crate::migrate::{Migration, MigrationResult};
#[cfg(feature = "chrono")]
pub use crate::model::{Audit, SoftDelete};
pub use crate::model::{Field, HasKey, TableModel, Write};
pub use crate::query::{Condition, ProjectJoined};
pub use crate::tables;
