//! Changes as statements, in a form for people.

use crate::generate::steps::change::{Change, UNKNOWN};
use crate::generate::target::{Extension, TableName};
use crate::generate::text::words::plain;
use crate::sql::literal::quote_literal;

impl Change {
    /// The statement, where the change is made by one; in a form for people.
    pub(crate) fn sql(&self) -> String {
        match self {
            Self::Printed(sql) => sql.clone(),
            Self::CreateType { name, labels } => format!("CREATE TYPE {} AS ENUM ({})", name.sql(), list(labels)),
            Self::AddLabel { name, label, place } => {
                let place = place.as_ref().map(|(where_, other)| format!(" {where_} {}", quote_literal(other)));
                format!("ALTER TYPE {} ADD VALUE {}{}", name.sql(), quote_literal(label), place.unwrap_or_default())
            }
            Self::RenameType { name, to } => format!("ALTER TYPE {} RENAME TO {}", name.sql(), plain(to)),
            Self::DropType { name } => format!("DROP TYPE {}", name.sql()),
            Self::CreateTable { name, parts } => {
                format!("CREATE TABLE {} (\n    {}\n)", name.sql(), parts.join(",\n    "))
            }
            Self::Bootstrap(frozen) => format!("m{}", frozen.call()),
            Self::CreateExtension(_)
            | Self::CreateSequence { .. }
            | Self::TypeSequence { .. }
            | Self::DropSequence { .. } => self.beside_tables(),
            Self::DropTables { names } => {
                let names: Vec<String> = names.iter().map(TableName::sql).collect();
                format!("DROP TABLE {}", names.join(", "))
            }
            Self::Alter { table, action } => format!("ALTER TABLE {} {}", table.sql(), action.sql()),
            Self::AlterColumn { table, column, action } => {
                format!("ALTER TABLE {} ALTER COLUMN {} {action}", table.sql(), plain(column))
            }
            Self::RenameConstraint { table, from, to } => {
                format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", table.sql(), plain(from), plain(to))
            }
            Self::CreateIndex { table, name, unique, definition }
            | Self::BuildIndex { table, name, unique, definition } => {
                let unique = if *unique { "UNIQUE " } else { "" };
                format!("CREATE {unique}INDEX {} ON {} {definition}", plain(name), table.sql())
            }
            Self::DropIndex { table, name } => format!("DROP INDEX {}", table.beside(name)),
            Self::RenameIndex { table, from, to } => {
                format!("ALTER INDEX {} RENAME TO {}", table.beside(from), plain(to))
            }
            Self::Comment { table, column, text } => {
                let object = match column {
                    Some(column) => format!("COLUMN {}.{}", table.sql(), plain(column)),
                    None => format!("TABLE {}", table.sql()),
                };
                let text = text.as_ref().map_or_else(|| "NULL".to_owned(), |text| quote_literal(text));
                format!("COMMENT ON {object} IS {text}")
            }
            Self::Commit => "COMMIT".to_owned(),
            Self::Fill { table, column, value } | Self::Backfill { table, column, value } => {
                let (table, column, value) = (table.sql(), plain(column), value.as_deref().unwrap_or(UNKNOWN));
                format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL")
            }
            Self::Number { table, column } => format!(
                "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({2}), 0) + 1, false) FROM {3}",
                quote_literal(&table.exact()),
                quote_literal(column),
                plain(column),
                table.sql()
            ),
        }
    }

    /// The statement of what stands beside tables.
    fn beside_tables(&self) -> String {
        match self {
            Self::CreateExtension(Extension { name, schema }) => {
                let schema = schema.as_ref().map_or_else(String::new, |schema| format!(" SCHEMA {}", plain(schema)));
                format!("CREATE EXTENSION IF NOT EXISTS {}{schema}", plain(name))
            }
            Self::CreateSequence { table, name, column, sql_type } => {
                let (sequence, owner) = (table.beside(name), table.sql());
                format!("CREATE SEQUENCE {sequence} AS {sql_type} OWNED BY {owner}.{}", plain(column))
            }
            Self::TypeSequence { table, name, sql_type } => {
                format!("ALTER SEQUENCE {} AS {sql_type}", table.beside(name))
            }
            Self::DropSequence { table, name } => format!("DROP SEQUENCE {}", table.beside(name)),
            _ => String::new(),
        }
    }
}

fn list(labels: &[String]) -> String {
    labels.iter().map(|label| quote_literal(label)).collect::<Vec<_>>().join(", ")
}
