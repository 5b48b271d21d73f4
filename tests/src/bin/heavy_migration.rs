//! An application whose `main` is one line, with a migration that would disturb a busy database.

use std::process::ExitCode;

use schemata::cli::App;
use schemata::prelude::*;

#[migration("0001_visits", module = "visits")]
async fn visits(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE visits (id int PRIMARY KEY, page text)").await?;
    Ok(())
}

#[migration("0002_longer_ids", module = "visits")]
async fn longer_ids(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("visits").set_type("id", "bigint").await
}

fn main() -> ExitCode {
    App::new("visits").main()
}
