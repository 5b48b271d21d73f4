//! `schema`: prints the models as DDL, as a diagram, or as JSON.

use std::process::ExitCode;

use crate::cli::app::App;
use crate::cli::dev::command::SchemaFormat;
use crate::cli::output::{self, CommandResult};
use crate::ident::{Ident, quoted};
use crate::picture;
use crate::sql::ddl;

pub(super) fn print(app: &App, schema: String, format: SchemaFormat) -> CommandResult {
    let schema = Ident::new(schema)?;
    match format {
        SchemaFormat::Sql => {
            for name in ddl::named_schemas(&app.tables) {
                output::line(&format!("CREATE SCHEMA IF NOT EXISTS {};\n", quoted(name)));
            }
            for statement in ddl::create(&schema, &app.tables)? {
                output::line(&format!("{statement};\n"));
            }
        }
        SchemaFormat::Mermaid => output::line(picture::mermaid(&schema, &app.tables).trim_end()),
        SchemaFormat::Dot => output::line(picture::dot(&schema, &app.tables).trim_end()),
        SchemaFormat::Svg => output::line(picture::svg(&schema, &app.tables).trim_end()),
        SchemaFormat::Json => output::line(&format!("{:#}", picture::json(&schema, &app.tables))),
    }
    Ok(ExitCode::SUCCESS)
}
