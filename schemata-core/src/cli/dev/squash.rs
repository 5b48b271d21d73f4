//! `squash NAME`: one migration in place of the first ones, written as a file.

use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::dev::generate::usual_folder;
use crate::cli::migrate::migrator;
use crate::cli::output::{self, Done};

pub(super) async fn squash(
    app: &App,
    name: &str,
    through: Option<String>,
    schema: String,
    folder: Option<PathBuf>,
) -> Done {
    let migrator = migrator(app, None, schema)?;
    let folder = folder.unwrap_or_else(usual_folder);
    migrator.all_linked(&folder)?;
    let database = app.database().await?;
    let squash = migrator.squash(database.url(), name, through.as_deref()).await?;
    let written = squash.write(&folder)?;
    output::line(&format!("Wrote {}", written.file.display()));
    output::line(&format!("It stands for {} migrations:", squash.replaces.len()));
    output::list(&squash.replaces);
    if squash.undecided.is_empty() {
        output::line("What it makes is equal to what they make.");
    } else {
        output::line("Undecided, so that nothing runs yet:");
        output::list(&squash.undecided);
    }
    output::line(
        "Leave their files in place for now. Once every database has run `migrate` with this release, these may go:",
    );
    output::list(&squash.files);
    Ok(output::settled(squash.undecided.is_empty()))
}
