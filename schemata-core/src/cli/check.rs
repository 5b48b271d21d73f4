//! `check`: compares models, migrations and database.

use crate::catalog::Difference;
use crate::cli::app::App;
use crate::cli::json;
use crate::cli::migrate::migrator;
use crate::cli::missing_schema::{self, NOT_YET};
use crate::cli::other_tools;
use crate::cli::output::{self, CommandResult};
use crate::prove::CheckReport;

pub(super) async fn check(app: &App, schema: String, json: bool) -> CommandResult {
    let migrator = migrator(app, None, schema.clone())?;
    let database = app.database().await?;
    missing_schema::note(database.url(), &schema, NOT_YET).await?;
    let report = migrator.check(database.url(), &app.tables).await?;
    other_tools::note(&migrator, database.url(), &migrator.status(database.url()).await?).await?;
    if json {
        output::document(&json::check(&schema, &report));
    } else {
        print(&report);
    }
    Ok(output::exit_code(report.is_clean()))
}

fn print(report: &CheckReport) {
    section(&report.models, "The migrations lead to the models.", "The migrations do not lead to the models:");
    section(
        &report.database,
        "The database is what its migrations made it.",
        "The database is not what its migrations made it:",
    );
    for squash in &report.squashes {
        output::line(&format!("{} differs from the migrations it replaces:", squash.id));
        output::list(&squash.differences);
    }
    if !report.pending.is_empty() {
        output::line(&format!("Pending: {}", report.pending.join(", ")));
    }
    if !report.unmanaged.is_empty() {
        output::line(&format!("Left to the database, as declared: {}", report.unmanaged.join(", ")));
    }
    if !report.absent.is_empty() {
        output::line(&format!("Left to the database, but missing: {}", report.absent.join(", ")));
    }
    for (table, tool) in &report.ledgers {
        output::line(&format!("Left alone, because {tool} records its migrations there: {table}"));
    }
    if !report.others.is_empty() {
        output::line(&format!("Ignored, because models cannot express it: {}", report.others.join(", ")));
    }
}

fn section(differences: &[Difference], agreement: &str, disagreement: &str) {
    output::line(if differences.is_empty() { agreement } else { disagreement });
    output::list(differences);
}
