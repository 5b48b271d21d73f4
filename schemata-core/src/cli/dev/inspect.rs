//! `inspect`: writes models of the tables in a database.

use std::path::{Path, PathBuf};

use crate::cli::app::App;
use crate::cli::migrate::migrator;
use crate::cli::output::{self, CommandResult};
use crate::generate::{MergedModels, formatted, prose};

pub(super) async fn inspect(
    app: &App,
    mut schemas: Vec<String>,
    keyless: bool,
    folder: Option<PathBuf>,
    overwrite: bool,
) -> CommandResult {
    let further = schemas.split_off(schemas.len().min(1));
    let main = schemas.pop().unwrap_or_else(|| "public".to_owned());
    let mut migrator = migrator(app, None, main)?;
    if keyless {
        migrator = migrator.keyless_models();
    }
    let database = app.database().await?;
    let further: Vec<&str> = further.iter().map(String::as_str).collect();
    let found = migrator.inspect(database.url(), &further).await?;
    if found.items.is_empty() && found.left_out.is_empty() {
        let which = if further.is_empty() { "the schema is" } else { "the schemas are" };
        output::note(&format!("note: {which} empty; `DATABASE_URL` and `--schema` decide where to look"));
    }
    let mut agrees = true;
    match &folder {
        None => output::line(formatted(Path::new("."), &found.source()).trim_end()),
        Some(folder) => {
            agrees = print_merged(&found.merge(folder, overwrite)?);
            let module = folder.file_name().map_or_else(|| "models".into(), |name| name.to_string_lossy());
            let unmanaged =
                if found.unmanaged.is_empty() { String::new() } else { format!(".unmanaged({module}::UNMANAGED)") };
            let tables = found.tables();
            output::note(&format!("note: add them to the program: mod {module}; and .tables({tables}){unmanaged}"));
        }
    }
    if !found.crates.is_empty() {
        output::note(&format!("note: the models use {}: add them to Cargo.toml", found.crates.join(", ")));
    }
    for (table, tool) in &found.ledgers {
        output::note(&format!(
            "note: {table} has no model: {tool} records its migrations there; `migrate baseline --from {tool}` takes them over"
        ));
    }
    if !found.left_out.is_empty() {
        output::note("Left out, because models cannot express it:");
    }
    for left in &found.left_out {
        output::note(&format!("- {}", prose(&left.to_string())));
    }
    Ok(output::exit_code(found.left_out.is_empty() && agrees))
}

/// Prints what was written, and how the other files differ. Returns whether none does.
pub(super) fn print_merged(merged: &MergedModels) -> bool {
    for (verb, files) in [("Wrote", &merged.written), ("Replaced", &merged.replaced)] {
        for file in files {
            output::line(&format!("{verb} {}", file.display()));
        }
    }
    if !merged.unchanged.is_empty() {
        output::line(&format!("{} file(s) are as the database is", merged.unchanged.len()));
    }
    for kept in &merged.kept {
        output::line(&format!("Kept {}, which differs from the database (+):", kept.file.display()));
        for line in &kept.lines {
            output::line(&format!("    {line}"));
        }
    }
    for file in &merged.stale {
        output::line(&format!("Kept {}, of which the database has nothing", file.display()));
    }
    merged.kept.is_empty() && merged.stale.is_empty()
}
