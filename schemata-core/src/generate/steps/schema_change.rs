//! The changes of a schema, and the calls of a migration that make them.

use crate::generate::desired_schema::Extension;
use crate::generate::steps::builder_call::BuilderCall;
use crate::generate::steps::frozen::FrozenModels;
use crate::generate::steps::step_action::StepAction;
use crate::generate::text::identifiers::{qualified, quote_if_needed};
use crate::migrate::{Migration, MigrationResult};
use crate::qualified_name::QualifiedName;

/// One change of a schema.
#[derive(Debug, Clone)]
pub(crate) enum SchemaChange {
    CreateExtension(Extension),
    CreateType {
        name: QualifiedName,
        labels: Vec<String>,
    },
    /// With `BEFORE` or `AFTER` and another label, unless it is the last one.
    AddLabel {
        name: QualifiedName,
        label: String,
        place: Option<(&'static str, String)>,
    },
    RenameType {
        name: QualifiedName,
        to: String,
    },
    DropType {
        name: QualifiedName,
    },
    /// `parts` are the columns and constraints, one per line.
    CreateTable {
        name: QualifiedName,
        parts: Vec<String>,
    },
    /// Creates new tables by their frozen models.
    Bootstrap(Box<FrozenModels>),
    DropTables {
        names: Vec<QualifiedName>,
    },
    Alter {
        table: QualifiedName,
        action: StepAction,
    },
    /// An action of `ALTER COLUMN` that no builder has a method for, like `DROP IDENTITY`.
    AlterColumn {
        table: QualifiedName,
        column: String,
        action: String,
    },
    RenameConstraint {
        table: QualifiedName,
        from: String,
        to: String,
    },
    /// Builds an index concurrently.
    BuildIndex {
        table: QualifiedName,
        name: String,
        unique: bool,
        definition: String,
    },
    CreateIndex {
        table: QualifiedName,
        name: String,
        unique: bool,
        definition: String,
    },
    DropIndex {
        table: QualifiedName,
        name: String,
    },
    RenameIndex {
        table: QualifiedName,
        from: String,
        to: String,
    },
    /// A comment on the table, or on one of its columns.
    Comment {
        table: QualifiedName,
        column: Option<String>,
        text: Option<String>,
    },
    /// Gives rows that hold NULL a value; `None` if a person has to decide on it.
    Fill {
        table: QualifiedName,
        column: String,
        value: Option<String>,
    },
    /// The same in batches, for a table with a primary key.
    Backfill {
        table: QualifiedName,
        column: String,
        value: Option<String>,
    },
    /// Ends the transaction.
    Commit,
    /// Creates the sequence of a column that becomes `serial`.
    CreateSequence {
        table: QualifiedName,
        name: String,
        column: String,
        sql_type: String,
    },
    AlterSequenceType {
        table: QualifiedName,
        name: String,
        sql_type: String,
    },
    DropSequence {
        table: QualifiedName,
        name: String,
    },
    /// Lets the sequence of a column continue after the highest number in the column.
    RestartSequence {
        table: QualifiedName,
        column: String,
    },
    /// A statement that PostgreSQL printed: of a view, a function, a privilege.
    Printed(String),
}

/// Returns the changes by the calls that make them.
pub(crate) fn calls(changes: &[SchemaChange]) -> impl Iterator<Item = &[SchemaChange]> {
    changes.chunk_by(|one, next| next.joins_call_of(Some(one)))
}

impl SchemaChange {
    /// Returns the table and the action of `m.alter_table(…)`, if that makes the change. It reaches the migrated schema
    /// only.
    pub(crate) fn altered(&self) -> Option<(&str, &StepAction)> {
        match self {
            Self::Alter { table: QualifiedName { schema: None, name }, action } => Some((name, action)),
            _ => None,
        }
    }

    /// Returns the call of a builder, if that makes the change.
    pub(crate) fn builder(&self) -> Option<BuilderCall> {
        match self {
            // Like `alter_table`, it reaches the migrated schema only.
            Self::AddLabel { name: QualifiedName { schema: None, name }, label, place } => {
                let method = |place: &str| if place == "BEFORE" { "before" } else { "after" };
                let place = place.as_ref().map(|(place, other)| (method(place), other.clone()));
                Some(BuilderCall::AddEnumValue { name: name.clone(), value: label.clone(), place })
            }
            Self::BuildIndex { table, name, unique, definition } => {
                let definition = format!("{} {definition}", qualified(table));
                Some(BuilderCall::CreateIndex { name: name.clone(), definition, unique: *unique })
            }
            Self::Backfill { table: QualifiedName { schema: None, name }, column, value } => {
                let (column, value) = (quote_if_needed(column), value.as_deref().unwrap_or(UNKNOWN));
                let (set, filter) = (format!("{column} = {value}"), format!("{column} IS NULL"));
                Some(BuilderCall::Backfill { table: name.clone(), set, filter })
            }
            Self::Commit => Some(BuilderCall::Commit),
            _ => None,
        }
    }

    /// Returns whether it shares a call with the change before it.
    pub(crate) fn joins_call_of(&self, before: Option<&Self>) -> bool {
        let table = |change: &Self| change.altered().map(|(table, _)| table.to_owned());
        table(self).is_some_and(|own| before.and_then(table).is_some_and(|other| other == own))
    }

    /// Returns the frozen models, if they make the change.
    pub(crate) fn frozen(&self) -> Option<&FrozenModels> {
        match self {
            Self::Bootstrap(frozen) => Some(frozen),
            _ => None,
        }
    }

    /// Returns whether `m.execute` of its statement makes the change.
    pub(crate) fn is_sql(&self) -> bool {
        self.altered().is_none() && self.builder().is_none() && self.frozen().is_none()
    }

    /// Returns whether the change drops or renames something, or may drop what depends on it.
    pub(crate) fn may_drop_objects(&self) -> bool {
        match self {
            Self::DropTables { .. }
            | Self::DropIndex { .. }
            | Self::DropSequence { .. }
            | Self::DropType { .. }
            | Self::RenameConstraint { .. }
            | Self::RenameIndex { .. } => true,
            Self::Alter { action, .. } => matches!(
                action,
                StepAction::DropColumn(_)
                    | StepAction::DropConstraint(_)
                    | StepAction::DropDefault(_)
                    | StepAction::SetType(..)
                    | StepAction::SetTypeUsing(..)
            ),
            Self::AlterColumn { action, .. } => action.starts_with("DROP"),
            Self::Comment { text, .. } => text.is_none(),
            _ => false,
        }
    }

    /// Returns whether nothing is left to decide.
    fn is_complete(&self) -> bool {
        !matches!(self, Self::Fill { value: None, .. } | Self::Backfill { value: None, .. })
    }
}

/// The placeholder for what a person has to write. It is no SQL, so that it cannot run by accident.
pub(crate) const UNKNOWN: &str = "…";

/// Makes changes by the calls that the written migration will contain.
pub(crate) async fn make(m: &mut Migration<'_>, changes: &[SchemaChange]) -> MigrationResult {
    for call in calls(changes) {
        match call.first().and_then(SchemaChange::altered) {
            Some((table, _)) => {
                let actions = call.iter().filter_map(SchemaChange::altered).map(|(_, action)| action);
                actions.fold(m.alter_table(table), |alter, action| action.apply_to(alter)).await?;
            }
            None => {
                for change in call.iter().filter(|change| change.is_complete()) {
                    match (change.builder(), change.frozen()) {
                        (Some(builder), _) => builder.call(m).await?,
                        (None, Some(frozen)) => frozen.create(m).await?,
                        (None, None) => m.execute(&change.sql()).await?,
                    }
                }
            }
        }
    }
    Ok(())
}
