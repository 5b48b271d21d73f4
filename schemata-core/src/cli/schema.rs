//! `schema`: the models as DDL, or as a picture.

use std::process::ExitCode;

use crate::cli::app::App;
use crate::cli::command::SchemaFormat;
use crate::cli::output;
use crate::ident::{Ident, quoted};
use crate::sql::{ddl, diagram};

type Done = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

pub(super) fn print(app: &App, schema: String, format: SchemaFormat) -> Done {
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
        SchemaFormat::Mermaid => output::line(diagram::mermaid(&schema, &app.tables).trim_end()),
        SchemaFormat::Dot => output::line(diagram::dot(&schema, &app.tables).trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}
