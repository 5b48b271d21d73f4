//! What `MigrateError` lists: edited, moved and late migrations, and the links between modules.

use std::fmt;

/// An applied migration that does something else now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edit {
    /// The migration's module.
    pub module: String,
    /// The migration's id.
    pub id: String,
    /// The checksum in the ledger.
    pub stored: String,
    /// The checksum of what the migration does now.
    pub current: String,
    /// The source file that holds it.
    pub file: &'static str,
}

/// An applied migration that the program has in another module.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The migration's id.
    pub id: String,
    /// The module under which the ledger lists it.
    pub from: String,
    /// The module in which the program has it.
    pub to: String,
}

/// A pending migration that sorts before an applied one of its module.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Late {
    /// The id of the pending migration.
    pub id: String,
    /// The id of the last applied migration of its module.
    pub after: String,
}

/// Why one module has to run after another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleLink {
    /// The later module.
    pub module: String,
    /// The later module's table that has the foreign key.
    pub table: String,
    /// The columns of the foreign key; empty if the module alters a table of the other one.
    pub columns: Vec<String>,
    /// The earlier module.
    pub target_module: String,
    /// The earlier module's table.
    pub target: String,
}

impl fmt::Display for ModuleLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, table, columns, target_module, target } = self;
        match columns.as_slice() {
            [] => write!(f, "{module} alters {target_module}.{target}"),
            [column] => write!(f, "{module}.{table}.{column} → {target_module}.{target}"),
            _ => write!(f, "{module}.{table}.({}) → {target_module}.{target}", columns.join(", ")),
        }
    }
}
