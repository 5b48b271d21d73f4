//! The methods of `alter_table`, as values: to be called, and to be written.

use crate::generate::text::words::plain;
use crate::migrate::AlterTable;

/// One method of `alter_table`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
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

impl Action {
    /// The method, and what it is given.
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

    /// What follows `ALTER TABLE name`, for a table that `alter_table` does not know.
    pub(crate) fn sql(&self) -> String {
        match self {
            Self::AddColumn(name, definition) => format!("ADD COLUMN {} {definition}", plain(name)),
            Self::DropColumn(name) => format!("DROP COLUMN {}", plain(name)),
            Self::RenameColumn(from, to) => format!("RENAME COLUMN {} TO {}", plain(from), plain(to)),
            Self::SetDefault(name, expression) => format!("ALTER COLUMN {} SET DEFAULT {expression}", plain(name)),
            Self::DropDefault(name) => format!("ALTER COLUMN {} DROP DEFAULT", plain(name)),
            Self::SetNotNull(name) => format!("ALTER COLUMN {} SET NOT NULL", plain(name)),
            Self::DropNotNull(name) => format!("ALTER COLUMN {} DROP NOT NULL", plain(name)),
            Self::SetType(name, sql_type) => format!("ALTER COLUMN {} TYPE {sql_type}", plain(name)),
            Self::SetTypeUsing(name, sql_type, expression) => {
                format!("ALTER COLUMN {} TYPE {sql_type} USING {expression}", plain(name))
            }
            Self::AddConstraint(name, definition) => format!("ADD CONSTRAINT {} {definition}", plain(name)),
            Self::ValidateConstraint(name) => format!("VALIDATE CONSTRAINT {}", plain(name)),
            Self::DropConstraint(name) => format!("DROP CONSTRAINT {}", plain(name)),
            Self::RenameTo(name) => format!("RENAME TO {}", plain(name)),
        }
    }

    /// Adds it to a call.
    pub(crate) fn on<'m, 'c>(&self, alter: AlterTable<'m, 'c>) -> AlterTable<'m, 'c> {
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
