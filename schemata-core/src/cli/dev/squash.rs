//! `squash NAME`: writes one migration that replaces the first ones.

use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::dev::generate::{default_folder, note_missing_crates};
use crate::cli::migrate::migrator;
use crate::cli::output::{self, CommandResult};

pub(super) async fn squash(
    app: &App,
    name: &str,
    through: Option<String>,
    schema: String,
    folder: Option<PathBuf>,
) -> CommandResult {
    let migrator = migrator(app, None, schema)?;
    let folder = folder.unwrap_or_else(default_folder);
    migrator.all_linked(&folder)?;
    let database = app.database().await?;
    let squash = migrator.squash(database.url(), name, through.as_deref()).await?;
    let written = squash.write(&folder)?;
    output::line(&format!("Wrote {}", written.file.display()));
    note_missing_crates(&squash.crates());
    output::line(&format!("It replaces {} migrations:", squash.replaces.len()));
    output::list(&squash.replaces);
    if squash.undecided.is_empty() {
        output::line("It leads to the same schema as they do.");
    } else {
        output::line("Undecided, so no migration runs yet:");
        output::list(&squash.undecided);
    }
    output::line(
        "Keep their files for now. Once every database has run `migrate` with this release, you can delete them:",
    );
    output::list(&squash.files);
    Ok(output::exit_code(squash.undecided.is_empty()))
}
