//! A table that exists before and after a migration.

use crate::catalog::{ColumnState, EnumState, TableState, TypeClass};
use crate::generate::desired_schema::DesiredSchema;
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step_action::StepAction;
use crate::qualified_name::QualifiedName;

/// A table before and after the migration.
pub(crate) struct AlteredTable<'a> {
    pub(crate) desired: &'a DesiredSchema<'a>,
    /// The table's key in the catalogs.
    pub(crate) key: &'a str,
    pub(crate) name: QualifiedName,
    pub(crate) before: &'a TableState,
    pub(crate) after: &'a TableState,
    /// The enum types that are rebuilt.
    pub(crate) rebuilt: &'a [&'a EnumState],
}

impl AlteredTable<'_> {
    pub(crate) fn alter(&self, action: StepAction) -> SchemaChange {
        SchemaChange::Alter { table: self.name.clone(), action }
    }

    /// Returns whether the type of a column is rebuilt. Whatever computes with the column has to be dropped before.
    pub(crate) fn is_rebuilt(&self, column: &ColumnState) -> bool {
        column.base.kind == TypeClass::Enum && self.rebuilt.iter().any(|rebuilt| rebuilt.name == column.base.name)
    }
}
