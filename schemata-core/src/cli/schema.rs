//! `schema`: the DDL of the models.

use std::process::ExitCode;

use crate::cli::app::App;
use crate::cli::output;
use crate::ident::{Ident, quoted};
use crate::sql::ddl;

pub(super) fn print(app: &App, schema: String) -> Result<ExitCode, Box<dyn std::error::Error + Send + Sync>> {
    let schema = Ident::new(schema)?;
    for name in ddl::named_schemas(&app.tables) {
        output::line(&format!("CREATE SCHEMA IF NOT EXISTS {};\n", quoted(name)));
    }
    for statement in ddl::create(&schema, &app.tables)? {
        output::line(&format!("{statement};\n"));
    }
    Ok(ExitCode::SUCCESS)
}
