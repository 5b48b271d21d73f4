//! `generate NAME`: writes the migration that leads to the models.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::app::App;
use crate::cli::migrate::migrator;
use crate::cli::output::{self, CommandResult};

pub(super) async fn generate(app: &App, name: &str, schema: String, folder: Option<PathBuf>) -> CommandResult {
    let migrator = migrator(app, None, schema)?;
    let folder = folder.unwrap_or_else(default_folder);
    migrator.all_linked(&folder)?;
    let database = app.database().await?;
    let Some(draft) = migrator.draft(database.url(), &app.tables, name).await? else {
        output::line("Models and migrations agree; nothing to generate.");
        if app.tables.is_empty() {
            output::note(
                "note: the program lists no models; name them where it creates its `App`: .tables(tables![Order])",
            );
        }
        return Ok(ExitCode::SUCCESS);
    };
    let written = draft.write(&folder)?;
    output::line(&format!("Wrote {}", written.file.display()));
    if written.created_module {
        output::note("note: the folder is new; add this to the program's main file: mod migrations;");
    }
    note_missing_crates(&draft.crates());
    if !draft.undecided.is_empty() {
        output::line("Undecided, so the migration does not run yet:");
        output::list(&draft.undecided);
    }
    Ok(output::exit_code(draft.undecided.is_empty()))
}

/// Notes the crates that a migration uses and that the package does not list as dependencies.
pub(super) fn note_missing_crates(crates: &[&str]) {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let Ok(manifest) = std::fs::read_to_string(package.join("Cargo.toml")) else { return };
    let is_listed = |name: &str| {
        manifest.lines().any(|line| {
            let line = line.trim().trim_start_matches("[dependencies.");
            line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ']']))
        })
    };
    let missing: Vec<&str> = crates.iter().copied().filter(|name| !is_listed(name)).collect();
    if !missing.is_empty() {
        output::note(&format!("note: the migration uses {}; add them to Cargo.toml", missing.join(", ")));
    }
}

/// Returns `src/migrations` of the package that `cargo run` runs, or else of the current directory.
pub(super) fn default_folder() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    package.join("src").join("migrations")
}
