//! `Migrator::draft`: the migration that is missing between migrations and models.

use std::collections::BTreeMap;
use std::path::Path;

use crate::catalog::{Catalog, Declared, Difference, Extent};
use crate::exec::dial::Address;
use crate::generate::diff::diff;
use crate::generate::diff::renames::renames;
use crate::generate::error::GenerateError;
use crate::generate::extensions;
use crate::generate::former::Former;
use crate::generate::steps::bench::Bench;
use crate::generate::steps::code;
use crate::generate::steps::step::{Step, in_calls};
use crate::generate::steps::transactions::{is_of_labels, settle};
use crate::generate::target::{Extension, Target};
use crate::generate::text::file::{self, Written};
use crate::generate::text::name;
use crate::migrate::session::{Connection, probe};
use crate::migrate::watch::Run;
use crate::migrate::{MigrateError, MigrationEntry, Migrator, plan};
use crate::prove::scratch::Scratch;
use crate::schema::Table;
use crate::sql::ddl;

/// A migration that is not written yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Draft {
    /// Its id, like `0003_add_order_status`.
    pub id: String,
    /// Its source.
    pub source: String,
    /// What a person has to decide before it runs, one entry a step.
    pub undecided: Vec<String>,
    /// What would differ all the same once it has run with everything decided: a gap in this library, or an object that
    /// PostgreSQL does not change. It is named in the source, too.
    pub left: Vec<Difference>,
}

impl Migrator {
    /// The migration that leads from the end of the migrations to `models`, called `name`; `None` where they agree.
    ///
    /// Nothing is written, neither to the database at `url` nor to a file: the migrations are replayed on two scratch databases
    /// beside it, the models' tables take the place of the migrations' own on one, and the steps to them are tried on the
    /// other. The role needs CREATEDB.
    ///
    /// What would lose data comes commented, behind a line that keeps the migration from running.
    ///
    /// ```no_run
    /// # use schemata::{generate::GenerateError, migrate::{MigrationSet, Migrator}, schema::Table};
    /// # async fn f(models: &[&'static Table]) -> Result<(), GenerateError> {
    /// let migrator = Migrator::new(MigrationSet::linked()?);
    /// if let Some(draft) = migrator.draft("postgres://localhost/shop", models, "add_order_status").await? {
    ///     let written = draft.write("src/migrations".as_ref())?; // m0003_add_order_status.rs
    ///     println!("{}: {} to decide", written.file.display(), draft.undecided.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`GenerateError::Name`]; [`GenerateError::Renames`] where PostgreSQL refuses what `renamed_from` says;
    /// [`GenerateError::Migrate`] where the migrations cannot be replayed, or the models not be built where they ran.
    pub async fn draft(
        &self,
        url: &str,
        models: &[&'static Table],
        name: &str,
    ) -> Result<Option<Draft>, GenerateError> {
        name::check(name)?;
        let id = name::next_id(self.entries().iter().map(|entry| entry.id), name);
        let address = Address::parse(url).map_err(MigrateError::Connect)?;
        let further = ddl::named_schemas(models);
        let declared = Declared::new(self.target(), models, &self.unmanaged);
        let (after, extensions) = self.modelled(&address, models, &further).await?;
        let target = Target { main: self.target(), models, catalog: &after, extensions: &extensions };

        let scratch = Scratch::create(&address, self.application_name()).await?;
        let found = self.steps(scratch.address(), &target, &further, &declared).await;
        scratch.drop().await?;
        let (steps, left) = found?;
        if steps.is_empty() && left.is_empty() {
            return Ok(None);
        }
        let body = code::body(&steps, &left);
        let source = file::source(&name::sentence(name), &code::frozen(&steps), &id, name, &body);
        let undecided = code::to_decide(&steps, &left);
        Ok(Some(Draft { id, source, undecided, left }))
    }

    /// Makes sure that every migration in `folder` is part of this program: what it does would be generated again.
    ///
    /// # Errors
    /// [`GenerateError::NotLinked`], and [`GenerateError::File`] where the folder cannot be read.
    pub fn all_linked(&self, folder: &Path) -> Result<(), GenerateError> {
        if !folder.is_dir() {
            return Ok(());
        }
        let failed = |source| GenerateError::File { action: "read", path: folder.to_owned(), source };
        for name in file::migrations(folder).map_err(failed)? {
            let is_this = |entry: &MigrationEntry| Path::new(entry.file).file_name().is_some_and(|file| *file == *name);
            if !self.entries().iter().any(is_this) {
                return Err(GenerateError::NotLinked { file: folder.join(name) });
            }
        }
        Ok(())
    }

    /// What PostgreSQL makes of the models, where the migrations have run; and the extensions they need, of those that the
    /// database at `address` has.
    async fn modelled(
        &self,
        address: &Address,
        models: &[&'static Table],
        further: &[&str],
    ) -> Result<(Catalog, Vec<Extension>), GenerateError> {
        let live = Connection::open(address, self.application_name()).await?;
        let installed = extensions::installed(&live.client).await;
        live.close().await;
        let installed = installed?;
        let scratch = Scratch::create(address, self.application_name()).await?;
        let built = self.built(scratch.address(), models, further, &installed).await;
        scratch.drop().await?;
        built
    }

    async fn built(
        &self,
        scratch: &Address,
        models: &[&'static Table],
        further: &[&str],
        installed: &BTreeMap<String, String>,
    ) -> Result<(Catalog, Vec<Extension>), GenerateError> {
        let connection = self.replayed(scratch).await?;
        extensions::create(&connection.client, installed).await;
        let built = self.build(&connection, models, further).await?;
        let needed = extensions::needed(&connection.client).await?;
        connection.close().await;
        let place = |name: String| {
            let schema = installed.get(&name).filter(|schema| *schema != self.target().as_str()).cloned();
            Extension { name, schema }
        };
        Ok((built, needed.into_iter().map(place).collect()))
    }

    /// A connection to a scratch database on which all migrations have run.
    async fn replayed(&self, scratch: &Address) -> Result<Connection, MigrateError> {
        let known = self.record().await?;
        let all = plan::pending(self.target(), &known, &[], None)?;
        let connection = Connection::open(scratch, self.application_name()).await?;
        self.schema_run.apply(&connection, &all, Run::Replay).await?;
        Ok(connection)
    }

    /// Does the same as [`replayed`](Self::replayed), and also notes the names that tables and columns had on the way, if a
    /// model says `renamed_from`.
    async fn replayed_with_names(
        &self,
        scratch: &Address,
        models: &[&'static Table],
        further: &[&str],
    ) -> Result<(Connection, Former), MigrateError> {
        let mut former = Former::default();
        let says = |table: &&Table| {
            table.renamed_from.is_some() || table.columns.iter().any(|column| column.renamed_from.is_some())
        };
        if !models.iter().copied().any(|table| says(&table)) {
            return Ok((self.replayed(scratch).await?, former));
        }
        let known = self.record().await?;
        let connection = Connection::open(scratch, self.application_name()).await?;
        let schemas: Vec<&str> = std::iter::once(self.target().as_str()).chain(further.iter().copied()).collect();
        for migration in plan::pending(self.target(), &known, &[], None)? {
            self.schema_run.apply(&connection, &[migration], Run::Replay).await?;
            let noted = former.note(&connection.client, &schemas).await;
            noted.map_err(|source| MigrateError::Session { step: "reading names on a scratch database", source })?;
        }
        Ok((connection, former))
    }

    /// The steps from the replay to the models, tried; and what they leave undone.
    async fn steps(
        &self,
        scratch: &Address,
        target: &Target<'_>,
        further: &[&str],
        declared: &Declared,
    ) -> Result<(Vec<Step>, Vec<Difference>), GenerateError> {
        let (connection, former) = self.replayed_with_names(scratch, target.models, further).await?;
        let found = probe(&connection.client, self.target()).await?;
        let bench = Bench { place: self.schema_run.context(&connection, &found, Run::Replay)?, further, declared };
        if !found.schema_exists {
            bench.create_schema().await?;
        }
        let renamed = renames(target, &bench.read().await?, &former)?;
        bench.begin().await?;
        bench.make(&renamed).await?.map_err(|source| GenerateError::Renames { source })?;
        bench.commit().await?;
        let before = bench.read().await?;
        let mut after = target.catalog.clone();
        declared.take(&mut after, Extent::Expressible);
        let mut goal = after.clone();
        // A new table is created with everything that its model says.
        let new = target.catalog.tables.iter().filter(|(key, _)| !before.tables.contains_key(*key));
        goal.tables.extend(new.map(|(key, table)| (key.clone(), table.clone())));
        let steps = diff(&Target { catalog: &goal, ..*target }, &before);
        let (steps, left) = bench.try_out(in_calls(steps), &after).await?;
        bench.place.watch.close().await;
        // New labels need the renames as little as those need them, and a transaction each.
        let labels = steps.iter().take_while(|step| is_of_labels(step)).count();
        let mut all = steps;
        all.splice(labels..labels, in_calls(renamed.into_iter().map(Step::plain).collect()));
        let all = settle(all);
        connection.close().await;
        Ok((all, left))
    }
}

impl Draft {
    /// Writes the source as a new file of `folder`, called `m0003_add_order_status.rs`.
    ///
    /// Where the folder is missing, and only it, it is made, with a `mod.rs` that declares whatever migrations it holds. The
    /// text is formatted by `rustfmt`, where there is one.
    ///
    /// # Errors
    /// [`GenerateError::Exists`], [`GenerateError::NoFolder`] and [`GenerateError::File`].
    pub fn write(&self, folder: &Path) -> Result<Written, GenerateError> {
        file::write(folder, &format!("m{}.rs", self.id), &self.source)
    }
}
