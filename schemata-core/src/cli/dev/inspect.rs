//! `inspect`: writes models of the tables in a database.

use std::path::{Path, PathBuf};

use crate::cli::app::App;
use crate::cli::migrate::migrator;
use crate::cli::output::{self, CommandResult};
use crate::generate::{formatted, prose};

pub(super) async fn inspect(app: &App, mut schemas: Vec<String>, folder: Option<PathBuf>) -> CommandResult {
    let further = schemas.split_off(schemas.len().min(1));
    let main = schemas.pop().unwrap_or_else(|| "public".to_owned());
    let migrator = migrator(app, None, main)?;
    let database = app.database().await?;
    let further: Vec<&str> = further.iter().map(String::as_str).collect();
    let found = migrator.inspect(database.url(), &further).await?;
    if found.items.is_empty() && found.left_out.is_empty() {
        let which = if further.is_empty() { "the schema is" } else { "the schemas are" };
        output::note(&format!("note: {which} empty; `DATABASE_URL` and `--schema` decide where to look"));
    }
    match &folder {
        None => output::line(formatted(Path::new("."), &found.source()).trim_end()),
        Some(folder) => {
            for file in found.write(folder)? {
                output::line(&format!("Wrote {}", file.display()));
            }
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
    Ok(output::exit_code(found.left_out.is_empty()))
}
