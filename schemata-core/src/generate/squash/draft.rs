//! `Migrator::squash`: one migration in place of the first ones.
//!
//! They are replayed on a scratch database, and what PostgreSQL prints of the outcome becomes steps, which are made on another.
//! The two are compared to the last object: what is not equal, and what no catalog shows, waits for a person.

use std::path::Path;

use crate::catalog::{Catalog, ConstraintState, Declared, Difference, Object, Whole};
use crate::exec::dial::Address;
use crate::generate::diff::diff;
use crate::generate::error::GenerateError;
use crate::generate::squash::extent::Extent;
use crate::generate::squash::reread::rereadable;
use crate::generate::squash::settle::Candidate;
use crate::generate::steps::action::Action;
use crate::generate::steps::bench::Bench;
use crate::generate::steps::change::Change;
use crate::generate::steps::code;
use crate::generate::steps::step::{Step, in_calls};
use crate::generate::target::{TableName, Target};
use crate::generate::text::file::{self, Written};
use crate::generate::text::literal::prose;
use crate::generate::text::name;
use crate::ident::Ident;
use crate::migrate::record;
use crate::migrate::session::{Connection, probe};
use crate::migrate::watch::Run;
use crate::migrate::{MigrateError, Migrator};
use crate::prove::scratch::{Scratch, replay_failed};
use crate::prove::squash::SIDES;
use crate::sql::literal::quote_literal;
use crate::sql::script;

/// A squash that is not written yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Squash {
    /// Its id, like `0042_squashed`.
    pub id: String,
    /// Its source.
    pub source: String,
    /// What a person has to decide before anything runs: where it is not equal to what it replaces, and what no catalog
    /// shows.
    pub undecided: Vec<String>,
    /// The migrations it replaces, in the order they run.
    pub replaces: Vec<String>,
    /// Their source files, as far as the program has them.
    pub files: Vec<String>,
}

/// What the replaced migrations leave behind.
struct Outcome {
    /// What was there before them.
    before: Whole,
    after: Whole,
    /// What is in tables and sequences that was not there before, in words.
    rows: Vec<String>,
}

impl Migrator {
    /// One migration called `name` in place of all migrations up to `through` (an id, or `module:id`; the last one unless
    /// told). It is numbered like that one and makes what they lead to; databases that ran them carry on, and new ones run
    /// it instead.
    ///
    /// Nothing is written, neither to the database at `url` nor to a file: what the migrations make is read from a scratch
    /// database, and compared with what the squash makes on another. What is not equal, rows that the migrations put into
    /// tables, and migrations that read data are [undecided](Squash::undecided). The role needs CREATEDB.
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
    /// [`GenerateError::ReplacedAlready`], [`GenerateError::NothingToSquash`], and [`GenerateError::Migrate`] where the
    /// migrations cannot be replayed.
    pub async fn squash(&self, url: &str, name: &str, through: Option<&str>) -> Result<Squash, GenerateError> {
        name::check(name)?;
        let known = self.record().await?;
        let extent = Extent::find(&known, name, through)?;
        let address = Address::parse(url).map_err(MigrateError::Connect)?;

        let scratch = Scratch::create(&address, self.application_name()).await?;
        let outcome = self.outcome(scratch.address(), &extent).await;
        scratch.drop().await?;
        let outcome = outcome.map_err(replay_failed)?;

        let scratch = Scratch::create(&address, self.application_name()).await?;
        let made = self.build_again(scratch.address(), &extent, &outcome).await;
        scratch.drop().await?;
        let (mut steps, left) = made?;
        steps.extend(self.beyond_catalogs(&extent, &outcome).await?);

        let body = code::body(&steps, &left);
        let sentence = format!("{} Makes what {} lead to.", name::sentence(name), extent.words());
        let source = file::whole(&sentence, &code::frozen(&steps), &extent.attribute(), name, &body);
        let undecided = code::to_decide(&steps, &left);
        Ok(Squash { id: extent.id, source, undecided, replaces: extent.replaces, files: extent.files })
    }

    async fn outcome(&self, scratch: &Address, extent: &Extent<'_>) -> Result<Outcome, MigrateError> {
        let connection = Connection::open(scratch, self.application_name()).await?;
        self.schema_run.apply(&connection, &extent.before, Run::Replay).await?;
        let before = self.look_at_all(&connection).await?;
        let old = contents(&connection, self.target(), &before.catalog).await?;
        self.schema_run.apply(&connection, &extent.replaced, Run::Replay).await?;
        let after = self.look_at_all(&connection).await?;
        let mut rows = contents(&connection, self.target(), &after.catalog).await?;
        rows.retain(|one| !old.contains(one));
        connection.close().await;
        Ok(Outcome { before, after, rows })
    }

    /// The steps that make the outcome, made; and what still differs then.
    async fn build_again(
        &self,
        scratch: &Address,
        extent: &Extent<'_>,
        outcome: &Outcome,
    ) -> Result<(Vec<Step>, Vec<Difference>), GenerateError> {
        let connection = Connection::open(scratch, self.application_name()).await?;
        self.schema_run.apply(&connection, &extent.before, Run::Replay).await?;
        let found = probe(&connection.client, self.target()).await?;
        let further: Vec<&str> = outcome.after.further.iter().map(String::as_str).collect();
        let bench = Bench {
            place: self.schema_run.context(&connection, &found, Run::Replay)?,
            further: &further,
            declared: &Declared::default(),
        };
        bench.create_schema().await?;

        let (mut catalog, mut before) = (outcome.after.catalog.clone(), outcome.before.catalog.clone());
        let not_valid = without_invalid(&mut catalog, &before);
        for one in [&mut catalog, &mut before] {
            by_hand(one);
            reread(one);
        }
        let target = Target { main: self.target(), models: &[], catalog: &catalog, extensions: &[] };
        let tables = in_calls(partitioned(diff(&target, &before), &catalog));
        let printed: Vec<_> = outcome.after.beyond(&outcome.before).filter(|one| !one.statements.is_empty()).collect();
        let first = printed.iter().filter(|one| !one.stands_on_tables).map(|one| make_again(one));
        let then = printed.iter().filter(|one| one.stands_on_tables).map(|one| make_again(one));
        let tables = tables.into_iter().chain(not_valid).map(|step| Candidate { label: None, step });
        let settled = bench.settle(first.chain(tables).chain(then).collect()).await?;
        let made = self.look_at_all(&connection).await?;
        connection.close().await;
        let mut left = outcome.after.differences(&made, SIDES);
        // What is refused is told with its step.
        left.retain(|difference| !settled.refused.contains(&difference.object));
        Ok((settled.steps, left))
    }

    /// What the replaced migrations do that no catalog shows.
    async fn beyond_catalogs(&self, extent: &Extent<'_>, outcome: &Outcome) -> Result<Vec<Step>, GenerateError> {
        let rows = outcome
            .rows
            .iter()
            .map(|what| format!("{what} once the replaced migrations ran: does a new database need it?"));
        let mut undecided: Vec<(String, Vec<Change>)> = rows.map(|why| (why, Vec::new())).collect();
        for migration in &extent.replaced {
            let id = migration.entry.id;
            let (operations, dynamic) = record::operations(migration.entry, self.target()).await?;
            if dynamic {
                let why =
                    format!("{id} reads data, and does what depends on it: does a new database need any of that?");
                undecided.push((why, Vec::new()));
            }
            for operation in operations.iter().filter(|one| script::reaches_beyond_database(&one.text)) {
                let why = format!("{id} reaches beyond the database");
                undecided.push((why, vec![Change::Printed(operation.text.clone())]));
            }
        }
        Ok(undecided.into_iter().map(|(why, changes)| Step::undecided(prose(&why), changes)).collect())
    }
}

/// The step that makes an object as PostgreSQL printed it.
fn make_again(object: &Object) -> Candidate {
    let changes = object.statements.iter().map(|sql| Change::Printed(rereadable(sql))).collect();
    Candidate { label: Some(object.label()), step: Step { undecided: None, changes } }
}

/// Takes new constraints that are not valid out of the catalog, since no CREATE TABLE makes such; yields the steps that do.
fn without_invalid(catalog: &mut Catalog, before: &Catalog) -> Vec<Step> {
    let mut steps = Vec::new();
    for (key, table) in &mut catalog.tables {
        let (name, old) = (TableName::from(&*table), before.tables.get(key));
        table.constraints.retain(|constraint, ConstraintState { definition, valid, .. }| {
            let stays = *valid || old.is_some_and(|old| old.constraints.contains_key(constraint));
            if !stays {
                let action = Action::AddConstraint(constraint.clone(), rereadable(&format!("{definition} NOT VALID")));
                steps.push(Step::plain(Change::Alter { table: name.clone(), action }));
            }
            stays
        });
    }
    steps
}

/// Columns that are `serial` say so by hand: PostgreSQL prints their sequences, with whatever was done to them, and these are
/// made like everything else it prints.
fn by_hand(catalog: &mut Catalog) {
    for table in catalog.tables.values_mut() {
        let name = TableName::from(&*table);
        for column in table.columns.values_mut().filter(|column| column.serial) {
            let Some(sequence) = &column.owned_sequence else { continue };
            column.default = Some(format!("nextval({}::regclass)", quote_literal(&name.beside(sequence))));
            (column.serial, column.sequence, column.owned_sequence) = (false, None, None);
        }
    }
}

/// The catalog with its definitions as they are to be read again.
fn reread(catalog: &mut Catalog) {
    for table in catalog.tables.values_mut() {
        let constraints = table.constraints.values_mut().map(|state| &mut state.definition);
        let indexes = table.indexes.values_mut().map(|state| &mut state.definition);
        let defaults = table.columns.values_mut().filter_map(|state| state.default.as_mut());
        for text in constraints.chain(indexes).chain(defaults) {
            *text = rereadable(text);
        }
    }
}

/// Tables with what they are partitioned by, which models cannot say.
fn partitioned(mut steps: Vec<Step>, catalog: &Catalog) -> Vec<Step> {
    for change in steps.iter_mut().flat_map(|step| &mut step.changes) {
        let Change::CreateTable { name, .. } = &*change else { continue };
        let by = catalog
            .tables
            .values()
            .find(|table| TableName::from(*table) == *name)
            .and_then(|table| table.partitioned.as_ref());
        if let Some(by) = by {
            *change = Change::Printed(format!("{} PARTITION BY {by}", change.sql()));
        }
    }
    steps
}

/// What tables hold, and where sequences stand; those that are as they were made are left out.
async fn contents(connection: &Connection, main: &Ident, catalog: &Catalog) -> Result<Vec<String>, MigrateError> {
    let failed = |source| MigrateError::Session { step: "counting rows", source };
    let mut found = Vec::new();
    for (key, table) in &catalog.tables {
        let schema = table.schema.clone().unwrap_or_else(|| main.as_str().to_owned());
        let name = TableName { schema: Some(schema), name: table.name.clone() };
        let sql = format!("SELECT pg_catalog.count(*) FROM {}", name.exact());
        let rows = connection.client.query_typed(&sql, &[]).await.map_err(failed)?;
        let count = rows.first().map_or(0, |row| row.get::<_, i64>(0));
        found.extend((count > 0).then(|| format!("table {key} holds {count} row(s)")));
    }
    for row in connection.client.query_typed(SEQUENCES, &[]).await.map_err(failed)? {
        found.push(format!("sequence {} stands at {}", row.get::<_, &str>(0), row.get::<_, i64>(1)));
    }
    Ok(found)
}

const SEQUENCES: &str =
    "SELECT sequencename::text, last_value FROM pg_catalog.pg_sequences WHERE last_value IS NOT NULL ORDER BY 1";

impl Squash {
    /// Writes the source as a new file of `folder`, called `m0042_squashed.rs`: see
    /// [`Draft::write`](crate::generate::Draft::write).
    ///
    /// # Errors
    /// As there.
    pub fn write(&self, folder: &Path) -> Result<Written, GenerateError> {
        file::write(folder, &format!("m{}.rs", self.id), &self.source)
    }
}
