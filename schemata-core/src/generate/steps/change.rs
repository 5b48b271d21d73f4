//! One change of a schema, and the call of a migration that makes it.

use crate::generate::steps::action::Action;
use crate::generate::steps::builder::Builder;
use crate::generate::steps::frozen::Frozen;
use crate::generate::target::{Extension, TableName};
use crate::generate::text::words::plain;
use crate::migrate::{Migration, MigrationResult};

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
    pub(crate) fn goes_on(&self, before: Option<&Self>) -> bool {
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

    /// Returns whether the change drops or renames something, or may drop what depends on it.
    pub(crate) fn is_watched(&self) -> bool {
        match self {
            Self::DropTables { .. }
            | Self::DropIndex { .. }
            | Self::DropSequence { .. }
            | Self::DropType { .. }
            | Self::RenameConstraint { .. }
            | Self::RenameIndex { .. } => true,
            Self::Alter { action, .. } => matches!(
                action,
                Action::DropColumn(_)
                    | Action::DropConstraint(_)
                    | Action::DropDefault(_)
                    | Action::SetType(..)
                    | Action::SetTypeUsing(..)
            ),
            Self::AlterColumn { action, .. } => action.starts_with("DROP"),
            Self::Comment { text, .. } => text.is_none(),
            _ => false,
        }
    }

    /// Whether it can be made as it stands.
    fn is_complete(&self) -> bool {
        !matches!(self, Self::Fill { value: None, .. } | Self::Backfill { value: None, .. })
    }
}

/// Stands where a person has to write something: no SQL, so that it cannot run by accident.
pub(crate) const UNKNOWN: &str = "…";

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
