//! The application of the guide's first page: one model, one migration, a `main` of one line.

use std::process::ExitCode;

use schemata::cli::App;
use schemata::prelude::*;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "notes")]
pub struct Note {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    pub text: String,
    #[column(flatten)]
    pub audit: Audit,
}

/// The model as it was on the day of the migration.
mod frozen {
    use schemata::prelude::*;
    use uuid::Uuid;

    #[allow(dead_code)]
    #[derive(TableModel)]
    #[table(name = "notes")]
    pub struct Note {
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        id: Uuid,
        text: String,
        #[column(flatten)]
        audit: Audit,
    }
}

#[migration("0001_notes")]
async fn notes(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![frozen::Note]).await
}

fn main() -> ExitCode {
    App::new("notes").version(env!("CARGO_PKG_VERSION")).tables(tables![Note]).main()
}

schemata::check_test!(Note);
