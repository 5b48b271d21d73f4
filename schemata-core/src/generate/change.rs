//! One change of a schema, and the steps of a migration that are made of changes.

use crate::generate::action::Action;
use crate::generate::builders::Builder;
use crate::generate::frozen::Frozen;
use crate::generate::target::{Extension, TableName, exact};
use crate::generate::words::plain;
use crate::migrate::{Migration, MigrationResult};
use crate::sql::literal::quote_literal;

/// One change.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    CreateExtension(Extension),
    CreateType {
        name: TableName,
        labels: Vec<String>,
    },
    /// With `BEFORE` or `AFTER` and another label, where it is not the last.
    AddLabel {
        name: TableName,
        label: String,
        place: Option<(&'static str, String)>,
    },
    RenameType {
        name: TableName,
        to: String,
    },
    DropType {
        name: TableName,
    },
    /// The columns and constraints, one a line.
    CreateTable {
        name: TableName,
        parts: Vec<String>,
    },
    /// New tables, by their frozen models.
    Bootstrap(Box<Frozen>),
    DropTables {
        names: Vec<TableName>,
    },
    Alter {
        table: TableName,
        action: Action,
    },
    /// What `ALTER COLUMN` does and no builder has a method for, like `DROP IDENTITY`.
    AlterColumn {
        table: TableName,
        column: String,
        action: String,
    },
    RenameConstraint {
        table: TableName,
        from: String,
        to: String,
    },
    /// While others use the table.
    BuildIndex {
        table: TableName,
        name: String,
        unique: bool,
        definition: String,
    },
    CreateIndex {
        table: TableName,
        name: String,
        unique: bool,
        definition: String,
    },
    DropIndex {
        table: TableName,
        name: String,
    },
    RenameIndex {
        table: TableName,
        from: String,
        to: String,
    },
    /// On the table, or on a column of it.
    Comment {
        table: TableName,
        column: Option<String>,
        text: Option<String>,
    },
    /// Gives rows without one a value: `None` where a person has to say which.
    Fill {
        table: TableName,
        column: String,
        value: Option<String>,
    },
    /// The same in batches; the table has a key.
    Backfill {
        table: TableName,
        column: String,
        value: Option<String>,
    },
    /// The end of a transaction.
    Commit,
    /// Of a column that becomes `serial`.
    CreateSequence {
        table: TableName,
        name: String,
        column: String,
        sql_type: String,
    },
    TypeSequence {
        table: TableName,
        name: String,
        sql_type: String,
    },
    DropSequence {
        table: TableName,
        name: String,
    },
    /// Lets an identity column go on after the highest number there is.
    Number {
        table: TableName,
        column: String,
    },
    /// What PostgreSQL itself prints: a view, a function, a privilege.
    Printed(String),
}

/// What stands together in the migration: changes that are made, or that wait for a decision.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// What has to be decided first.
    pub(crate) undecided: Option<String>,
    pub(crate) changes: Vec<Change>,
}

impl Step {
    /// A change that loses nothing.
    pub(crate) fn plain(change: Change) -> Self {
        Self { undecided: None, changes: vec![change] }
    }

    /// Changes that a person has to decide on.
    pub(crate) fn undecided(why: String, changes: Vec<Change>) -> Self {
        Self { undecided: Some(why), changes }
    }
}

/// Decided changes as one step each call of the migration: those of one table in a row share a call.
pub(crate) fn in_calls(steps: Vec<Step>) -> Vec<Step> {
    let mut calls: Vec<Step> = Vec::new();
    for step in steps {
        match (step.undecided, calls.last_mut()) {
            (Some(why), _) => calls.push(Step { undecided: Some(why), changes: step.changes }),
            (None, _) => {
                for change in step.changes {
                    match calls.last_mut() {
                        Some(last) if last.undecided.is_none() && change.goes_on(last.changes.last()) => {
                            last.changes.push(change);
                        }
                        _ => calls.push(Step::plain(change)),
                    }
                }
            }
        }
    }
    calls
}

/// Changes as the calls they are made by.
pub(crate) fn calls(changes: &[Change]) -> impl Iterator<Item = &[Change]> {
    changes.chunk_by(|one, next| next.goes_on(Some(one)))
}

impl Change {
    /// The table of `m.alter_table(…)`, where that is how the change is made: it knows the migrated schema only.
    pub(crate) fn altered(&self) -> Option<(&str, &Action)> {
        match self {
            Self::Alter { table: TableName { schema: None, name }, action } => Some((name, action)),
            _ => None,
        }
    }

    /// What `m` builds it with, where it is made that way.
    pub(crate) fn builder(&self) -> Option<Builder> {
        match self {
            // Of the migrated schema only, as with `alter_table`.
            Self::AddLabel { name: TableName { schema: None, name }, label, place } => {
                let method = |place: &str| if place == "BEFORE" { "before" } else { "after" };
                let place = place.as_ref().map(|(place, other)| (method(place), other.clone()));
                Some(Builder::AddEnumValue { name: name.clone(), value: label.clone(), place })
            }
            Self::BuildIndex { table, name, unique, definition } => {
                let definition = format!("{} {definition}", table.sql());
                Some(Builder::CreateIndex { name: name.clone(), definition, unique: *unique })
            }
            Self::Backfill { table: TableName { schema: None, name }, column, value } => {
                let (column, value) = (plain(column), value.as_deref().unwrap_or(UNKNOWN));
                let (set, filter) = (format!("{column} = {value}"), format!("{column} IS NULL"));
                Some(Builder::Backfill { table: name.clone(), set, filter })
            }
            Self::Commit => Some(Builder::Commit),
            _ => None,
        }
    }

    /// Whether it shares a call with the change before it.
    fn goes_on(&self, before: Option<&Self>) -> bool {
        let table = |change: &Self| change.altered().map(|(table, _)| table.to_owned());
        table(self).is_some_and(|own| before.and_then(table).is_some_and(|other| other == own))
    }

    /// The frozen models, where that is how the change is made.
    pub(crate) fn frozen(&self) -> Option<&Frozen> {
        match self {
            Self::Bootstrap(frozen) => Some(frozen),
            _ => None,
        }
    }

    /// Whether it is made by `m.execute` of its statement.
    pub(crate) fn is_sql(&self) -> bool {
        self.altered().is_none() && self.builder().is_none() && self.frozen().is_none()
    }

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
                quote_literal(&exact(table)),
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

    /// Whether it can be made as it stands.
    fn is_complete(&self) -> bool {
        !matches!(self, Self::Fill { value: None, .. } | Self::Backfill { value: None, .. })
    }
}

/// Stands where a person has to write something: no SQL, so that it cannot run by accident.
const UNKNOWN: &str = "…";

fn list(labels: &[String]) -> String {
    labels.iter().map(|label| quote_literal(label)).collect::<Vec<_>>().join(", ")
}

/// Makes changes the way the written migration will: by the same calls.
pub(crate) async fn make(m: &mut Migration<'_>, changes: &[Change]) -> MigrationResult {
    for call in calls(changes) {
        match call.first().and_then(Change::altered) {
            Some((table, _)) => {
                let actions = call.iter().filter_map(Change::altered).map(|(_, action)| action);
                actions.fold(m.alter_table(table), |alter, action| action.on(alter)).await?;
            }
            None => {
                for change in call.iter().filter(|change| change.is_complete()) {
                    match (change.builder(), change.frozen()) {
                        (Some(builder), _) => builder.make(m).await?,
                        (None, Some(frozen)) => frozen.make(m).await?,
                        (None, None) => m.execute(&change.sql()).await?,
                    }
                }
            }
        }
    }
    Ok(())
}
