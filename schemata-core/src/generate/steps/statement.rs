//! Changes as SQL statements that people can read.

use crate::generate::desired_schema::Extension;
use crate::generate::steps::schema_change::{SchemaChange, UNKNOWN};
use crate::generate::text::identifiers::{qualified, quote_if_needed};
use crate::sql::literal::quote_literal;

impl SchemaChange {
    /// Returns the statement that makes the change, if a single one does.
    pub(crate) fn sql(&self) -> String {
        match self {
            Self::Printed(sql) => sql.clone(),
            Self::CreateType { name, labels } => format!("CREATE TYPE {} AS ENUM ({})", qualified(name), list(labels)),
            Self::AddLabel { name, label, place } => {
                let place = place.as_ref().map(|(where_, other)| format!(" {where_} {}", quote_literal(other)));
                format!(
                    "ALTER TYPE {} ADD VALUE {}{}",
                    qualified(name),
                    quote_literal(label),
                    place.unwrap_or_default()
                )
            }
            Self::RenameType { name, to } => {
                format!("ALTER TYPE {} RENAME TO {}", qualified(name), quote_if_needed(to))
            }
            Self::DropType { name } => format!("DROP TYPE {}", qualified(name)),
            Self::CreateTable { name, parts } => {
                format!("CREATE TABLE {} (\n    {}\n)", qualified(name), parts.join(",\n    "))
            }
            Self::Bootstrap(frozen) => format!("m{}", frozen.call()),
            Self::CreateExtension(_)
            | Self::CreateSequence { .. }
            | Self::AlterSequenceType { .. }
            | Self::DropSequence { .. } => self.extension_or_sequence(),
            Self::DropTables { names } => {
                let names: Vec<String> = names.iter().map(qualified).collect();
                format!("DROP TABLE {}", names.join(", "))
            }
            Self::Alter { table, action } => format!("ALTER TABLE {} {}", qualified(table), action.sql()),
            Self::AlterColumn { table, column, action } => {
                format!("ALTER TABLE {} ALTER COLUMN {} {action}", qualified(table), quote_if_needed(column))
            }
            Self::RenameConstraint { table, from, to } => {
                format!(
                    "ALTER TABLE {} RENAME CONSTRAINT {} TO {}",
                    qualified(table),
                    quote_if_needed(from),
                    quote_if_needed(to)
                )
            }
            Self::CreateIndex { table, name, unique, definition }
            | Self::BuildIndex { table, name, unique, definition } => {
                let unique = if *unique { "UNIQUE " } else { "" };
                format!("CREATE {unique}INDEX {} ON {} {definition}", quote_if_needed(name), qualified(table))
            }
            Self::DropIndex { table, name } => format!("DROP INDEX {}", qualified(&table.sibling(name))),
            Self::RenameIndex { table, from, to } => {
                format!("ALTER INDEX {} RENAME TO {}", qualified(&table.sibling(from)), quote_if_needed(to))
            }
            Self::Comment { table, column, text } => {
                let object = match column {
                    Some(column) => format!("COLUMN {}.{}", qualified(table), quote_if_needed(column)),
                    None => format!("TABLE {}", qualified(table)),
                };
                let text = text.as_ref().map_or_else(|| "NULL".to_owned(), |text| quote_literal(text));
                format!("COMMENT ON {object} IS {text}")
            }
            Self::Commit => "COMMIT".to_owned(),
            Self::Fill { table, column, value } | Self::Backfill { table, column, value } => {
                let (table, column, value) =
                    (qualified(table), quote_if_needed(column), value.as_deref().unwrap_or(UNKNOWN));
                format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL")
            }
            Self::RestartSequence { table, column } => format!(
                "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({2}), 0) + 1, false) FROM {3}",
                quote_literal(&table.quoted()),
                quote_literal(column),
                quote_if_needed(column),
                qualified(table)
            ),
        }
    }

    /// Returns the statement about an extension or a sequence.
    fn extension_or_sequence(&self) -> String {
        match self {
            Self::CreateExtension(Extension { name, schema }) => {
                let schema =
                    schema.as_ref().map_or_else(String::new, |schema| format!(" SCHEMA {}", quote_if_needed(schema)));
                format!("CREATE EXTENSION IF NOT EXISTS {}{schema}", quote_if_needed(name))
            }
            Self::CreateSequence { table, name, column, sql_type } => {
                let (sequence, owner) = (qualified(&table.sibling(name)), qualified(table));
                format!("CREATE SEQUENCE {sequence} AS {sql_type} OWNED BY {owner}.{}", quote_if_needed(column))
            }
            Self::AlterSequenceType { table, name, sql_type } => {
                format!("ALTER SEQUENCE {} AS {sql_type}", qualified(&table.sibling(name)))
            }
            Self::DropSequence { table, name } => format!("DROP SEQUENCE {}", qualified(&table.sibling(name))),
            _ => String::new(),
        }
    }
}

fn list(labels: &[String]) -> String {
    labels.iter().map(|label| quote_literal(label)).collect::<Vec<_>>().join(", ")
}
