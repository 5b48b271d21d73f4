//! An application whose migrations contain a password; the second one fails.

use std::process::ExitCode;

use schemata::cli::App;
use schemata::prelude::*;

#[migration("0001_role", module = "roles")]
async fn role(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE kept (id int); ALTER ROLE CURRENT_USER PASSWORD 's3cr3t'").await?;
    Ok(())
}

#[migration("0002_missing", module = "roles")]
async fn missing(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("ALTER ROLE no_such_role PASSWORD 's3cr3t'").await?;
    Ok(())
}

fn main() -> ExitCode {
    App::new("secret-roles").main()
}
