//! Drafts one migration that replaces the first ones.
//!
//! These are replayed on a scratch database, and what PostgreSQL prints of the result becomes steps, which are executed on
//! another. The two are compared object by object: differences, and what no catalog shows, wait for a person's decision.

use std::path::Path;

use crate::catalog::{Catalog, Comparison, DatabaseContents, DatabaseObject, Definition, Difference, UnmanagedObjects};
use crate::exec::connect::Address;
use crate::generate::desired_schema::{DesiredSchema, ModelsByKey};
use crate::generate::diff::diff;
use crate::generate::error::GenerateError;
use crate::generate::name_history::NameHistory;
use crate::generate::squash::range::SquashRange;
use crate::generate::squash::step_order::{self, Candidate};
use crate::generate::steps::code;
use crate::generate::steps::schema_change::SchemaChange;
use crate::generate::steps::step::{Step, one_step_per_call};
use crate::generate::steps::step_action::StepAction;
use crate::generate::steps::trial::StepTrial;
use crate::generate::text::array_casts::rereadable;
use crate::generate::text::file::{self, Written};
use crate::generate::text::identifiers::{qualified, quote_if_needed};
use crate::generate::text::literal::{literal, prose};
use crate::generate::text::name;
use crate::migrate::migration::operation::FormerName;
use crate::migrate::record;
use crate::migrate::{MigrateError, Migrator};
use crate::prove::replay::Replay;
use crate::prove::squash_equality::SIDES;
use crate::qualified_name::QualifiedName;
use crate::sql::literal::quote_literal;
use crate::sql::script;

/// A drafted squash, not written to a file yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Squash {
    /// Its id, like `0042_squashed`.
    pub id: String,
    /// Its source.
    pub source: String,
    /// What a person has to decide before anything runs: differences to the migrations it replaces, and what no catalog
    /// shows.
    pub undecided: Vec<String>,
    /// The migrations it replaces, in the order they run.
    pub replaces: Vec<String>,
    /// The source files of those that are in the program.
    pub files: Vec<String>,
}

impl Squash {
    /// Returns the crates that the source uses beside the library, like `chrono`: the package has to depend on them.
    pub fn crates(&self) -> Vec<&'static str> {
        file::crates(&self.source)
    }

    /// Writes the source as a new file of `folder`, like `m0042_squashed.rs`: see
    /// [`Draft::write`](crate::generate::Draft::write).
    ///
    /// # Errors
    /// As [`Draft::write`](crate::generate::Draft::write).
    pub fn write(&self, folder: &Path) -> Result<Written, GenerateError> {
        file::write(folder, &format!("m{}.rs", self.id), &self.source)
    }
}

/// The result of the replaced migrations.
struct Outcome {
    /// The database before them.
    before: DatabaseContents,
    after: DatabaseContents,
    /// The rows and sequence positions that they added, in words.
    rows: Vec<String>,
    /// Former names that other tables and columns have now.
    former_names: Vec<FormerName>,
}

/// Drafts one migration `name` that replaces all migrations up to `through`.
pub(crate) async fn squash(
    migrator: &Migrator,
    url: &str,
    name: &str,
    through: Option<&str>,
) -> Result<Squash, GenerateError> {
    name::check(name)?;
    let known = migrator.record().await?;
    let range = SquashRange::find(&known, name, through)?;
    let address = Address::parse(url).map_err(MigrateError::Connect)?;

    let outcome = Replay::with(migrator, &address, async |replay| outcome(replay, &range).await).await?;
    let (mut steps, left) = Replay::with(migrator, &address, async |replay| {
        replay.apply(&range.before).await?;
        find_steps(replay, &outcome.before, &outcome.after, SIDES, false).await
    })
    .await?;
    steps.extend(not_in_catalogs(migrator, &range, &outcome).await?);

    let mut bodies = code::bodies(&steps, &left);
    if let Some(first) = bodies.first_mut() {
        first.insert_str(0, &state_former_names(&outcome.former_names));
    }
    let sentence = format!("{} Makes what {} lead to.", name::sentence(name), range.description());
    let source = file::whole(&sentence, &code::frozen(&steps), &range.attribute(), name, &bodies);
    let undecided = code::to_decide(&steps, &left);
    Ok(Squash { id: range.id, source, undecided, replaces: range.replaces, files: range.files })
}

async fn outcome(replay: &Replay<'_>, range: &SquashRange<'_>) -> Result<Outcome, MigrateError> {
    let mut names = NameHistory::default();
    names.replay(replay, &range.before).await?;
    let before = replay.whole_catalog().await?;
    let old = contents(replay, &before.catalog).await?;
    names.replay(replay, &range.replaced).await?;
    let after = replay.whole_catalog().await?;
    let mut rows = contents(replay, &after.catalog).await?;
    rows.retain(|one| !old.contains(one));
    Ok(Outcome { before, after, rows, former_names: names.names_in_use_again() })
}

/// Returns the calls that state former names, since a squash does not repeat the renames.
fn state_former_names(names: &[FormerName]) -> String {
    let call = |FormerName { table, column, old }: &FormerName| match column {
        None => format!("    m.table_was({}, {});\n", literal(table), literal(old)),
        Some(column) => format!("    m.column_was({}, {}, {});\n", literal(table), literal(column), literal(old)),
    };
    names.iter().map(call).collect()
}

/// Finds and executes the steps from what the replay's database contains `before` to `after`. Returns them, and the differences
/// that remain, whose sides are named as `sides` says. With `in_sql`, no step is made by frozen models.
pub(crate) async fn find_steps(
    replay: &Replay<'_>,
    before: &DatabaseContents,
    after: &DatabaseContents,
    sides: Comparison,
    in_sql: bool,
) -> Result<(Vec<Step>, Vec<Difference>), GenerateError> {
    let (empty, contents) = (before, after);
    let further: Vec<&str> = contents.other_schemas.iter().map(String::as_str).collect();
    let declared = UnmanagedObjects::default();
    let trial = StepTrial::open(replay, &further, &declared).await?;

    let (mut catalog, mut before) = (contents.catalog.clone(), empty.catalog.clone());
    let not_valid = take_not_valid(&mut catalog, &before);
    for one in [&mut catalog, &mut before] {
        spell_out_serials(one);
        make_rereadable(one);
    }
    let (main, by_key) = (replay.schema(), ModelsByKey::default());
    let target = DesiredSchema { main, models: &[], by_key: &by_key, catalog: &catalog, extensions: &[], in_sql };
    let tables = one_step_per_call(with_parents(diff(&target, &before), &catalog));
    let printed: Vec<_> = contents.objects_not_in(empty).filter(|one| !one.statements.is_empty()).collect();
    let first = printed.iter().filter(|one| !one.depends_on_tables).map(|one| create_as_printed(one));
    let last = printed.iter().filter(|one| one.depends_on_tables).map(|one| create_as_printed(one));
    let tables = tables.into_iter().chain(not_valid).map(|step| Candidate { label: None, step });
    let ordered = step_order::order(&trial, first.collect(), tables.chain(last).collect()).await?;
    trial.close().await;
    let mut left = contents.differences(&replay.whole_catalog().await?, sides);
    // The step of a refused object already names it.
    left.retain(|difference| !ordered.refused.contains(&difference.object));
    Ok((ordered.steps, left))
}

/// Returns an undecided step for everything that the replaced migrations do and no catalog shows.
async fn not_in_catalogs(
    migrator: &Migrator,
    range: &SquashRange<'_>,
    outcome: &Outcome,
) -> Result<Vec<Step>, GenerateError> {
    let rows = outcome
        .rows
        .iter()
        .map(|what| format!("{what} once the replaced migrations ran: does a new database need it?"));
    let mut undecided: Vec<(String, Vec<SchemaChange>)> = rows.map(|why| (why, Vec::new())).collect();
    for migration in &range.replaced {
        let id = migration.entry.id;
        let (operations, dynamic) = record::operations(migration.entry, migrator.target()).await?;
        if dynamic {
            let why = format!("{id} reads data, and does what depends on it: does a new database need any of that?");
            undecided.push((why, Vec::new()));
        }
        for operation in operations.iter().filter(|one| script::reaches_beyond_database(&one.text)) {
            let why = format!("{id} reaches beyond the database");
            undecided.push((why, vec![SchemaChange::Printed(operation.text.clone())]));
        }
    }
    Ok(undecided.into_iter().map(|(why, changes)| Step::undecided(prose(&why), changes)).collect())
}

/// Returns the step that creates an object as PostgreSQL printed it.
fn create_as_printed(object: &DatabaseObject) -> Candidate {
    let changes = object.statements.iter().map(|sql| SchemaChange::Printed(rereadable(sql))).collect();
    Candidate { label: Some(object.label()), step: Step { undecided: None, changes } }
}

/// Removes new constraints that are NOT VALID from the catalog, since CREATE TABLE cannot create them. Returns the
/// steps that can.
fn take_not_valid(catalog: &mut Catalog, before: &Catalog) -> Vec<Step> {
    let mut steps = Vec::new();
    for (key, table) in &mut catalog.tables {
        let (name, old) = (table.name.clone(), before.tables.get(key));
        table.constraints.retain(|constraint, state| {
            let definition = &state.definition;
            let stays =
                state.is_valid() || state.inherited || old.is_some_and(|old| old.constraints.contains_key(constraint));
            if !stays {
                let action =
                    StepAction::AddConstraint(constraint.clone(), rereadable(&format!("{definition} NOT VALID")));
                let mut changes = vec![SchemaChange::Alter { table: name.clone(), action }];
                changes.extend(state.comment.as_ref().map(|text| {
                    let (constraint, table) = (quote_if_needed(constraint), qualified(&name));
                    let text = quote_literal(text);
                    SchemaChange::Printed(format!("COMMENT ON CONSTRAINT {constraint} ON {table} IS {text}"))
                }));
                steps.push(Step { undecided: None, changes });
            }
            stays
        });
    }
    steps
}

/// Replaces `serial` by the default that it stands for: PostgreSQL prints the sequences with all later changes to them,
/// and they are created like everything else that it prints.
fn spell_out_serials(catalog: &mut Catalog) {
    for table in catalog.tables.values_mut() {
        let name = table.name.clone();
        for column in table.columns.values_mut().filter(|column| column.serial) {
            let Some(sequence) = &column.owned_sequence else { continue };
            column.default = Some(format!("nextval({}::regclass)", quote_literal(&qualified(&name.sibling(sequence)))));
            (column.serial, column.sequence, column.owned_sequence) = (false, None, None);
        }
    }
}

/// Makes the definitions [`rereadable`].
fn make_rereadable(catalog: &mut Catalog) {
    for table in catalog.tables.values_mut() {
        let constraints = table.constraints.values_mut().map(|state| &mut state.definition);
        let indexes = table.indexes.values_mut().map(|state| &mut state.definition);
        let defaults = table.columns.values_mut().filter_map(|state| state.default.as_mut());
        for text in constraints.chain(indexes).chain(defaults) {
            *text = rereadable(text);
        }
    }
}

/// Adds PARTITION BY and INHERITS to the new tables, which models cannot express.
fn with_parents(mut steps: Vec<Step>, catalog: &Catalog) -> Vec<Step> {
    for change in steps.iter_mut().flat_map(|step| &mut step.changes) {
        let SchemaChange::CreateTable { name, .. } = &*change else { continue };
        let Some(table) = catalog.tables.get(&name.to_string()) else { continue };
        if let Some(by) = &table.partitioned {
            *change = SchemaChange::Printed(format!("{} PARTITION BY {by}", change.sql()));
        } else if !table.inherits.is_empty() {
            *change = SchemaChange::Printed(format!("{} INHERITS ({})", change.sql(), table.inherits.join(", ")));
        }
    }
    steps
}

/// Describes the rows of tables and the positions of sequences; empty tables and unused sequences are left out.
async fn contents(replay: &Replay<'_>, catalog: &Catalog) -> Result<Vec<String>, MigrateError> {
    let failed = |source| MigrateError::Session { step: "counting rows", source };
    let mut found = Vec::new();
    for (key, table) in &catalog.tables {
        let schema = table.name.schema.clone().unwrap_or_else(|| replay.schema().as_str().to_owned());
        let name = QualifiedName { schema: Some(schema), ..table.name.clone() };
        let sql = format!("SELECT pg_catalog.count(*) AS count FROM {}", name.quoted());
        let rows = replay.client().query_typed(&sql, &[]).await.map_err(failed)?;
        let count = rows.first().map_or(0, |row| row.get::<_, i64>("count"));
        found.extend((count > 0).then(|| format!("table {key} holds {count} row(s)")));
    }
    for row in replay.client().query_typed(SEQUENCES, &[]).await.map_err(failed)? {
        found.push(format!("sequence {} is at {}", row.get::<_, &str>("name"), row.get::<_, i64>("position")));
    }
    Ok(found)
}

const SEQUENCES: &str = "
    SELECT sequencename::text AS name, last_value AS position
    FROM pg_catalog.pg_sequences
    WHERE last_value IS NOT NULL
    ORDER BY 1";
