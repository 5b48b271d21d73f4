//! The guide's first page, as its reader lives it.

use std::process::Command;

use schemata::prelude::*;
use schemata_tests::fresh_database;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "notes")]
pub struct Note {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    id: Uuid,
    text: String,
    #[column(flatten)]
    audit: Audit,
}

#[tokio::test]
async fn from_nothing_to_a_note() -> Result<(), Box<dyn std::error::Error>> {
    let database = fresh_database().await;
    let url = database.url();
    let says = |command: &str| {
        let program = env!("CARGO_BIN_EXE_notes");
        let output = Command::new(program).arg(command).env("DATABASE_URL", url).output().expect("starts");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_eq!(says("migrate"), "Applied 1 migration(s):\n- 0001_notes\n");
    assert_eq!(says("check"), "The migrations lead to the models.\nThe database is what its migrations made it.\n");

    let db = Db::connect(url).await?;
    let note = Note::insert().text("remember the milk").exec(&db).await?;
    let all = Note::select().order_by(Note::audit.created_at.desc()).fetch(&db).await?;
    assert_eq!(all, [note]);
    Ok(())
}
