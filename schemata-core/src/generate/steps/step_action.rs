//! The methods of `alter_table` as values, so that they can be called as well as written.

use crate::generate::text::identifiers::quote_if_needed;
use crate::migrate::AlterTable;

/// A call of one method of `alter_table`, with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepAction {
    AddColumn(String, String),
    DropColumn(String),
    RenameColumn(String, String),
    SetDefault(String, String),
    DropDefault(String),
    SetNotNull(String),
    DropNotNull(String),
    SetType(String, String),
    SetTypeUsing(String, String, String),
    AddConstraint(String, String),
    ValidateConstraint(String),
    DropConstraint(String),
    RenameTo(String),
}

impl StepAction {
    /// Returns the name of the method and its arguments.
    pub(crate) fn call(&self) -> (&'static str, Vec<&str>) {
        match self {
            Self::AddColumn(name, definition) => ("add_column", vec![name, definition]),
            Self::DropColumn(name) => ("drop_column", vec![name]),
            Self::RenameColumn(from, to) => ("rename_column", vec![from, to]),
            Self::SetDefault(name, expression) => ("set_default", vec![name, expression]),
            Self::DropDefault(name) => ("drop_default", vec![name]),
            Self::SetNotNull(name) => ("set_not_null", vec![name]),
            Self::DropNotNull(name) => ("drop_not_null", vec![name]),
            Self::SetType(name, sql_type) => ("set_type", vec![name, sql_type]),
            Self::SetTypeUsing(name, sql_type, expression) => ("set_type_using", vec![name, sql_type, expression]),
            Self::AddConstraint(name, definition) => ("add_constraint", vec![name, definition]),
            Self::ValidateConstraint(name) => ("validate_constraint", vec![name]),
            Self::DropConstraint(name) => ("drop_constraint", vec![name]),
            Self::RenameTo(name) => ("rename_to", vec![name]),
        }
    }

    /// Returns what follows `ALTER TABLE name`, for a table in a schema that `alter_table` does not reach.
    pub(crate) fn sql(&self) -> String {
        match self {
            Self::AddColumn(name, definition) => format!("ADD COLUMN {} {definition}", quote_if_needed(name)),
            Self::DropColumn(name) => format!("DROP COLUMN {}", quote_if_needed(name)),
            Self::RenameColumn(from, to) => {
                format!("RENAME COLUMN {} TO {}", quote_if_needed(from), quote_if_needed(to))
            }
            Self::SetDefault(name, expression) => {
                format!("ALTER COLUMN {} SET DEFAULT {expression}", quote_if_needed(name))
            }
            Self::DropDefault(name) => format!("ALTER COLUMN {} DROP DEFAULT", quote_if_needed(name)),
            Self::SetNotNull(name) => format!("ALTER COLUMN {} SET NOT NULL", quote_if_needed(name)),
            Self::DropNotNull(name) => format!("ALTER COLUMN {} DROP NOT NULL", quote_if_needed(name)),
            Self::SetType(name, sql_type) => format!("ALTER COLUMN {} TYPE {sql_type}", quote_if_needed(name)),
            Self::SetTypeUsing(name, sql_type, expression) => {
                format!("ALTER COLUMN {} TYPE {sql_type} USING {expression}", quote_if_needed(name))
            }
            Self::AddConstraint(name, definition) => format!("ADD CONSTRAINT {} {definition}", quote_if_needed(name)),
            Self::ValidateConstraint(name) => format!("VALIDATE CONSTRAINT {}", quote_if_needed(name)),
            Self::DropConstraint(name) => format!("DROP CONSTRAINT {}", quote_if_needed(name)),
            Self::RenameTo(name) => format!("RENAME TO {}", quote_if_needed(name)),
        }
    }

    /// Calls the method.
    pub(crate) fn apply_to<'m, 'c>(&self, alter: AlterTable<'m, 'c>) -> AlterTable<'m, 'c> {
        match self {
            Self::AddColumn(name, definition) => alter.add_column(name, definition),
            Self::DropColumn(name) => alter.drop_column(name),
            Self::RenameColumn(from, to) => alter.rename_column(from, to),
            Self::SetDefault(name, expression) => alter.set_default(name, expression),
            Self::DropDefault(name) => alter.drop_default(name),
            Self::SetNotNull(name) => alter.set_not_null(name),
            Self::DropNotNull(name) => alter.drop_not_null(name),
            Self::SetType(name, sql_type) => alter.set_type(name, sql_type),
            Self::SetTypeUsing(name, sql_type, expression) => alter.set_type_using(name, sql_type, expression),
            Self::AddConstraint(name, definition) => alter.add_constraint(name, definition),
            Self::ValidateConstraint(name) => alter.validate_constraint(name),
            Self::DropConstraint(name) => alter.drop_constraint(name),
            Self::RenameTo(name) => alter.rename_to(name),
        }
    }
}
