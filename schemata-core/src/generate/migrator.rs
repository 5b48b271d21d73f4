//! The methods of [`Migrator`] that write Rust source, for users. Each forwards to the file that does the work.

use std::path::Path;

use crate::generate::adopt::{self, Adoption};
use crate::generate::draft::{self, Draft};
use crate::generate::error::GenerateError;
use crate::generate::inspect::{self, Inspection};
use crate::generate::squash::{self, Squash};
use crate::migrate::Migrator;
use crate::schema::Table;

impl Migrator {
    /// Drafts the migration `name` that leads from the end of the migrations to `models`; `None` if they agree.
    ///
    /// Nothing is written, neither to the database at `url` nor to a file: the migrations are replayed on two scratch
    /// databases beside it, the models' tables replace the migrations' own on one, and the steps to them are tried on
    /// the other. The role needs CREATEDB.
    ///
    /// Steps that would lose data are commented out, behind a line that keeps the migration from running.
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
    /// [`GenerateError::Name`]; [`GenerateError::Renames`] if PostgreSQL refuses a rename that `renamed_from` asks for;
    /// [`GenerateError::Migrate`] if the migrations cannot be replayed, or the models' tables not be created where they ran.
    pub async fn draft(
        &self,
        url: &str,
        models: &[&'static Table],
        name: &str,
    ) -> Result<Option<Draft>, GenerateError> {
        draft::draft(self, url, models, name).await
    }

    /// Checks that every migration in `folder` is part of this program: the effects of one that is not would be
    /// generated again.
    ///
    /// # Errors
    /// [`GenerateError::NotLinked`], and [`GenerateError::File`] if the folder cannot be read.
    pub fn all_linked(&self, folder: &Path) -> Result<(), GenerateError> {
        draft::all_linked(self, folder)
    }

    /// Lets [`inspect`](Self::inspect) and [`adopt`](Self::adopt) write models of tables without a primary key, too:
    /// `#[table(keyless)]`, which reads and inserts, and changes rows by conditions. Otherwise such tables are left to the database.
    #[must_use]
    pub fn keyless_models(mut self) -> Self {
        self.keyless = true;
        self
    }

    /// Writes the models of the database at `url`, for the migrator's schema and the `further` ones.
    ///
    /// The database is only read and need not know this library; any role that may connect can read what is needed. The
    /// migrator's migrations are ignored. What a model cannot express is listed in [`Inspection::left_out`], and named in a
    /// comment at its place.
    ///
    /// ```no_run
    /// # use schemata::{generate::GenerateError, migrate::{MigrationSet, Migrator}};
    /// # async fn f() -> Result<(), GenerateError> {
    /// let found = Migrator::new(MigrationSet::default()).inspect("postgres://localhost/shop", &["reporting"]).await?;
    /// found.write("src/models".as_ref())?;
    /// for left in &found.left_out {
    ///     eprintln!("{left}"); // orders.search (tsvector): no Rust type of the library's stands for it
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`GenerateError::NoSchema`], and [`GenerateError::Migrate`] if the database cannot be read.
    pub async fn inspect(&self, url: &str, further: &[&str]) -> Result<Inspection, GenerateError> {
        inspect::inspect(self, url, further).await
    }

    /// Writes the models of the database at `url`, as [`inspect`](Self::inspect) does, and its first migration: SQL that makes
    /// everything the database contains but rows. Nothing is written, neither to the database nor to a file. The role needs
    /// CREATEDB: the SQL is tried on a scratch database, and what it makes is compared with the database.
    ///
    /// ```no_run
    /// # use schemata::{generate::{Adoption, GenerateError}, migrate::{MigrationSet, Migrator}};
    /// # async fn f() -> Result<(), GenerateError> {
    /// let Adoption { models, sql, left, .. } =
    ///     Migrator::new(MigrationSet::default()).adopt("postgres://localhost/shop", &[]).await?;
    /// models.write("src/models".as_ref())?;
    /// std::fs::write("migrations/0001_existing.sql", sql).expect("a folder");
    /// for what in left {
    ///     eprintln!("{what}"); // event trigger audit exists in the database but not in the migrations
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub async fn adopt(&self, url: &str, further: &[&str]) -> Result<Adoption, GenerateError> {
        adopt::adopt(self, url, further).await
    }

    /// Drafts one migration `name` that replaces all migrations up to `through` (an id, or `module:id`; by default the
    /// last one). It gets the number of that migration and makes what they make; databases that ran them carry on, and
    /// new databases run it instead.
    ///
    /// Nothing is written, neither to the database at `url` nor to a file: the result of the migrations is read from a
    /// scratch database, and compared with that of the squash on another. Differences, rows that the migrations insert,
    /// and migrations that read data are [undecided](Squash::undecided). The role needs CREATEDB.
    ///
    /// ```no_run
    /// # use schemata::{generate::GenerateError, migrate::{MigrationSet, Migrator}};
    /// # async fn f() -> Result<(), GenerateError> {
    /// let migrator = Migrator::new(MigrationSet::linked()?);
    /// let squash = migrator.squash("postgres://localhost/shop", "squashed", Some("0042_add_invoices")).await?;
    /// squash.write("src/migrations".as_ref())?; // m0042_squashed.rs
    /// for what in &squash.undecided {
    ///     eprintln!("{what}"); // table countries holds 249 row(s) once the replaced migrations ran: …
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`GenerateError::Name`], [`GenerateError::Taken`], [`GenerateError::WhichModule`],
    /// [`GenerateError::ReplacedAlready`], [`GenerateError::NothingToSquash`], and [`GenerateError::Migrate`] if the
    /// migrations cannot be replayed.
    pub async fn squash(&self, url: &str, name: &str, through: Option<&str>) -> Result<Squash, GenerateError> {
        squash::squash(self, url, name, through).await
    }
}
