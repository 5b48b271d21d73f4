//! Drafts the migration that is missing between the migrations and the models.

use std::path::Path;

use crate::catalog::{Catalog, Difference, UnmanagedObjects, UnmanagedScope};
use crate::exec::connect::Address;
use crate::generate::desired_schema::{DesiredSchema, Extension, ModelsByKey};
use crate::generate::diff::diff;
use crate::generate::diff::renames::renames;
use crate::generate::error::GenerateError;
use crate::generate::extensions;
use crate::generate::name_history::NameHistory;
use crate::generate::steps::code;
use crate::generate::steps::step::{Step, one_step_per_call};
use crate::generate::steps::transactions::{is_about_labels, remove_idle_commits};
use crate::generate::steps::trial::StepTrial;
use crate::generate::text::file::{self, Written};
use crate::generate::text::name;
use crate::migrate::session::DedicatedConnection;
use crate::migrate::{MigrateError, MigrationEntry, Migrator, plan};
use crate::prove::replay::Replay;
use crate::prove::same_expressions;
use crate::schema::Table;
use crate::sql::ddl;

/// A drafted migration, not written to a file yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Draft {
    /// Its id, like `0003_add_order_status`.
    pub id: String,
    /// Its source.
    pub source: String,
    /// What a person has to decide before it runs, one entry per step.
    pub undecided: Vec<String>,
    /// The differences that remain once it has run with everything decided: a gap in this library, or an object that
    /// PostgreSQL cannot change. The source names them, too.
    pub left: Vec<Difference>,
}

impl Draft {
    /// Returns the crates that the source uses beside the library, like `chrono`: the package has to depend on them.
    pub fn crates(&self) -> Vec<&'static str> {
        file::crates(&self.source)
    }

    /// Writes the source as a new file of `folder`, like `m0003_add_order_status.rs`.
    ///
    /// If the folder is missing, but not its parent, it is created with a `mod.rs` that declares all migrations in it.
    /// The text is formatted by `rustfmt` if that is installed.
    ///
    /// # Errors
    /// [`GenerateError::Exists`], [`GenerateError::NoFolder`] and [`GenerateError::File`].
    pub fn write(&self, folder: &Path) -> Result<Written, GenerateError> {
        file::write(folder, &format!("m{}.rs", self.id), &self.source)
    }
}

/// Drafts the migration `name` from the end of the migrations to `models`.
pub(crate) async fn draft(
    migrator: &Migrator,
    url: &str,
    models: &[&'static Table],
    name: &str,
) -> Result<Option<Draft>, GenerateError> {
    name::check(name)?;
    let id = name::next_id(migrator.entries().iter().map(|entry| entry.id), name);
    let address = Address::parse(url).map_err(MigrateError::Connect)?;
    let further = ddl::named_schemas(models);
    let declared = UnmanagedObjects::new(migrator.target(), models, &migrator.unmanaged);
    let (catalog, extensions) = build_models(migrator, &address, models, &further).await?;
    let (main, by_key) = (migrator.target(), ModelsByKey::of(migrator.target(), models));
    let target =
        DesiredSchema { main, models, by_key: &by_key, catalog: &catalog, extensions: &extensions, in_sql: false };

    let (steps, left) =
        Replay::with(migrator, &address, async |replay| find_steps(replay, &target, &further, &declared).await).await?;
    if steps.is_empty() && left.is_empty() {
        return Ok(None);
    }
    let bodies = code::bodies(&steps, &left);
    let source = file::source(&name::sentence(name), &code::frozen(&steps), &id, name, &bodies);
    let undecided = code::to_decide(&steps, &left);
    Ok(Some(Draft { id, source, undecided, left }))
}

/// Checks that every migration in `folder` is part of this program.
pub(crate) fn all_linked(migrator: &Migrator, folder: &Path) -> Result<(), GenerateError> {
    if !folder.is_dir() {
        return Ok(());
    }
    let failed = |source| GenerateError::File { action: "read", path: folder.to_owned(), source };
    for name in file::migrations(folder).map_err(failed)? {
        let is_this = |entry: &MigrationEntry| Path::new(entry.file).file_name().is_some_and(|file| *file == *name);
        if !migrator.entries().iter().any(is_this) {
            return Err(GenerateError::NotLinked { file: folder.join(name) });
        }
    }
    Ok(())
}

/// Creates the models' tables where the migrations have run. Returns their catalog, and the extensions they need among
/// those of the database at `address`.
async fn build_models(
    migrator: &Migrator,
    address: &Address,
    models: &[&'static Table],
    further: &[&str],
) -> Result<(Catalog, Vec<Extension>), GenerateError> {
    let live = DedicatedConnection::open(address, migrator.application_name()).await?;
    let installed = extensions::installed(&live.client).await;
    live.close().await;
    let installed = installed?;
    let (catalog, needed) = Replay::with(migrator, address, async |replay| {
        let known = migrator.record().await?;
        replay.apply(&plan::pending(replay.schema(), &known, &[], None)?).await?;
        extensions::create(replay.client(), &installed).await;
        let catalog = replay.build_models(models, further).await?;
        Ok::<_, MigrateError>((catalog, extensions::needed(replay.client()).await?))
    })
    .await?;
    let extension = |name: String| {
        let schema = installed.get(&name).filter(|schema| *schema != migrator.target().as_str()).cloned();
        Extension { name, schema }
    };
    Ok((catalog, needed.into_iter().map(extension).collect()))
}

/// Runs all migrations. If a model has `renamed_from`, records the names of tables and columns after each of them.
async fn replay_with_names(replay: &Replay<'_>, models: &[&'static Table]) -> Result<NameHistory, MigrateError> {
    let known = replay.migrator.record().await?;
    let migrations = plan::pending(replay.schema(), &known, &[], None)?;
    let mut history = NameHistory::default();
    let has_former_names = models
        .iter()
        .any(|table| table.renamed_from.is_some() || table.columns.iter().any(|column| column.renamed_from.is_some()));
    if !has_former_names {
        replay.apply(&migrations).await?;
        return Ok(history);
    }
    history.replay(replay, &migrations).await?;
    Ok(history)
}

/// Runs all migrations and tries the steps from there to the models. Returns the steps, and the differences that they leave.
async fn find_steps(
    replay: &Replay<'_>,
    target: &DesiredSchema<'_>,
    further: &[&str],
    declared: &UnmanagedObjects,
) -> Result<(Vec<Step>, Vec<Difference>), GenerateError> {
    let history = replay_with_names(replay, target.models).await?;
    let trial = StepTrial::open(replay, further, declared).await?;
    let renamed = renames(target, &trial.catalog().await?, &history)?;
    trial.begin().await?;
    trial.execute(&renamed).await?.map_err(|source| GenerateError::Renames { source })?;
    trial.commit().await?;
    let before = trial.catalog().await?;
    let mut after = target.catalog.clone();
    declared.remove_from(&mut after, UnmanagedScope::Expressible);
    let mut goal = after.clone();
    // A new table is created with everything in its model.
    let new = target.catalog.tables.iter().filter(|(key, _)| !before.tables.contains_key(*key));
    goal.tables.extend(new.map(|(key, table)| (key.clone(), table.clone())));
    same_expressions::unify(replay.client(), replay.schema(), &before, &mut goal).await?;
    let steps = diff(&DesiredSchema { catalog: &goal, ..*target }, &before);
    let (mut steps, left) = trial.try_steps(one_step_per_call(steps), &after).await?;
    trial.close().await;
    // New labels and renames do not depend on each other, and a label needs a transaction of its own.
    let labels = steps.iter().take_while(|step| is_about_labels(step)).count();
    steps.splice(labels..labels, one_step_per_call(renamed.into_iter().map(Step::decided).collect()));
    Ok((remove_idle_commits(steps), left))
}
