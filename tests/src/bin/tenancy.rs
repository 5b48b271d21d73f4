//! An application with one schema per tenant. Its migrations take a moment, so that a run can be interrupted.

use std::process::ExitCode;

use schemata::cli::App;
use schemata::prelude::*;

#[migration("0001_notes", module = "notes")]
async fn notes(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)").await?;
    m.execute("INSERT INTO notes (body) VALUES ('welcome')").await?;
    Ok(())
}

#[migration("0002_short_notes", module = "notes")]
async fn short_notes(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("SELECT pg_sleep(0.1)").await?;
    m.execute("INSERT INTO notes (body) VALUES ('keep it short')").await?;
    m.execute("ALTER TABLE notes ADD CONSTRAINT short CHECK (length(body) < 20)").await?;
    Ok(())
}

fn main() -> ExitCode {
    App::new("tenancy").main()
}
