//! `adopt`: gives a database that exists models and a first migration, which is marked as applied there.
//!
//! Each stage says what it did or found done, so that an interrupted adoption is repeated from the start. A file that exists is
//! never written.

use std::path::{Path, PathBuf};

use crate::cli::app::App;
use crate::cli::check;
use crate::cli::dev::inspect::print_merged;
use crate::cli::migrate::migrator;
use crate::cli::output::{self, BoxError, CommandResult};
use crate::generate::{Adoption, Inspection, prose, write_missing};
use crate::migrate::{MigrationEntry, MigrationSet, MigrationState, Migrator};

/// The id of the first migration.
const ID: &str = "0001_existing";

pub(super) async fn adopt(
    app: &App,
    mut schemas: Vec<String>,
    keyless: bool,
    models: Option<PathBuf>,
    dir: Option<PathBuf>,
) -> CommandResult {
    let further = schemas.split_off(schemas.len().min(1));
    let main = schemas.pop().unwrap_or_else(|| "public".to_owned());
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let models = models.unwrap_or_else(|| package.join("src").join("models"));
    let dir = dir.unwrap_or_else(|| package.join("migrations"));
    let file = dir.join(format!("{ID}.sql"));
    let mut migrator = migrator(app, None, main.clone())?;
    if keyless {
        migrator = migrator.keyless_models();
    }
    if let Some(other) = migrator.entries().iter().find(|entry| entry.id != ID) {
        return Err(format!(
            "this program has migrations, like {}, and `adopt` writes the first one: `inspect` writes models, and `generate` the \
             migration to them; what another tool applied is taken over by `migrate baseline --from`",
            other.id
        )
        .into());
    }
    let database = app.database().await?;
    let further: Vec<&str> = further.iter().map(String::as_str).collect();

    let found = migrator.inspect(database.url(), &further).await?;
    print_merged(&found.merge(&models, false)?);
    let left = write_migration(&migrator, database.url(), &further, &file).await?;
    let is_linked = !migrator.entries().is_empty();
    let first = if is_linked { migrator } else { with_file(app, &main, &found, &file)? };
    mark(&first, database.url()).await?;
    if is_linked {
        return check::check(app, main, false).await;
    }
    let report = first.check(database.url(), &[]).await?;
    if report.database.is_empty() {
        output::line("The database is what the migration makes.");
    } else {
        output::line("The database is not what the migration makes:");
        output::list(&report.database);
    }
    say_what_to_add(&models, &dir, &found);
    Ok(output::exit_code(left.is_empty() && report.database.is_empty()))
}

/// Writes the files that are missing, and says so.
fn write(folder: &Path, files: &[(String, String)], what: &str) -> Result<(), BoxError> {
    let (written, kept) = write_missing(folder, files)?;
    for file in written {
        output::line(&format!("Wrote {}", file.display()));
    }
    if !kept.is_empty() {
        output::line(&format!("Kept {} of {what} in {}, since they exist", kept.len(), folder.display()));
    }
    Ok(())
}

/// Writes the first migration, unless its file exists. Returns what the file says that it does not make.
async fn write_migration(
    migrator: &Migrator,
    url: &str,
    further: &[&str],
    file: &Path,
) -> Result<Vec<String>, BoxError> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let name = format!("{ID}.sql");
    let left = if file.exists() {
        write(folder, &[(name, String::new())], "the migrations")?;
        Adoption::left_of(&std::fs::read_to_string(file)?)
    } else {
        let Adoption { sql, left, .. } = migrator.adopt(url, further).await?;
        write(folder, &[(name, sql)], "the migrations")?;
        left
    };
    if !left.is_empty() {
        output::note("Not made by the migration:");
    }
    for what in &left {
        output::note(&format!("- {}", prose(what)));
    }
    Ok(left)
}

/// Returns a migrator whose migration is the file, which this program was compiled without.
fn with_file(app: &App, schema: &str, found: &Inspection, file: &Path) -> Result<Migrator, BoxError> {
    let module = std::env::var("CARGO_PKG_NAME")
        .map_err(|_| "`adopt` needs the name of the package: run it with `cargo run -- adopt`")?;
    let entry = MigrationEntry::read(module, ID.to_owned(), file)?;
    Ok(Migrator::new(MigrationSet::new([entry])?)
        .schema(crate::Ident::new(schema)?)
        .application(app.label())
        .unmanaged(&app.unmanaged)
        .unmanaged(&found.unmanaged))
}

/// Marks the first migration as applied, unless it is.
async fn mark(first: &Migrator, url: &str) -> Result<(), BoxError> {
    let status = first.status(url).await?;
    let is_applied =
        status.iter().any(|migration| migration.id == ID && matches!(migration.state, MigrationState::Applied { .. }));
    if is_applied {
        output::line(&format!("{ID} is marked as applied already."));
        return Ok(());
    }
    first.baseline(url).await?;
    output::line(&format!("Marked {ID} as applied, without running it."));
    Ok(())
}

/// Prints the lines that make models and migration a part of the program.
fn say_what_to_add(models: &Path, dir: &Path, found: &Inspection) {
    let name = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let (module, folder) = (name(models), name(dir));
    let unmanaged = if found.unmanaged.is_empty() { String::new() } else { format!(".unmanaged({module}::UNMANAGED)") };
    output::note("Add to the program, then run `check`:");
    output::note(&format!("    mod {module};"));
    output::note(&format!("    schemata::sql_migrations!({folder:?});"));
    output::note(&format!("and to its `App`, with `use {module}::*;`: .tables({}){unmanaged}", found.tables()));
    if !found.crates.is_empty() {
        output::note(&format!("The models use {}: add them to Cargo.toml", found.crates.join(", ")));
    }
    for left in &found.left_out {
        output::note(&format!("Left to the database: {}", prose(&left.to_string())));
    }
}
