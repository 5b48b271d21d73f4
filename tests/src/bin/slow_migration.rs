//! An application whose `main` is one line, with a slow migration.

use std::process::ExitCode;

use schemata::cli::App;
use schemata::prelude::*;

#[migration("0001_slow", module = "patience")]
async fn slow(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("SELECT pg_sleep(2.5)").await?;
    Ok(())
}

fn main() -> ExitCode {
    App::new("slow-migration").main()
}
