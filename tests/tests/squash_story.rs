//! Follows the guide's page on squashing: a program is compiled and run while its migrations become one.

use std::fs;

use schemata_tests::catalog::{connect, describe};
use schemata_tests::fresh_database;
use schemata_tests::project::Project;

const MAIN: &str = r#"//! Notes.

mod migrations;
mod models;

use std::process::ExitCode;

use schemata::cli::App;
use schemata::tables;

fn main() -> ExitCode {
    App::new("notes").tables(tables![models::Note]).main()
}
"#;

const MODEL: &str = r#"//! The models.
#![allow(dead_code)]

use chrono::{DateTime, Utc};
use schemata::prelude::*;

#[derive(TableModel)]
#[table(name = "notes", index(at, name = "notes_at"))]
pub struct Note {
    #[column(primary_key)]
    pub id: i64,
    #[column(sql_type = "varchar(100)")]
    pub body: String,
    #[column(default_sql = "now()")]
    pub at: DateTime<Utc>,
}
"#;

const STEPS: [(&str, &str); 3] = [
    ("notes", "CREATE TABLE notes (id bigint PRIMARY KEY, body varchar(100) NOT NULL)"),
    ("at", "ALTER TABLE notes ADD COLUMN at timestamptz NOT NULL DEFAULT now(); CREATE INDEX notes_at ON notes (at)"),
    (
        "recent",
        "CREATE VIEW recent AS SELECT id, body FROM notes WHERE at > now() - interval '1 day';
         COMMENT ON VIEW recent IS 'what is \"new\"';
         CREATE FUNCTION trimmed() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             NEW.body := regexp_replace(NEW.body, '\\s+$', '');
             RETURN NEW;
         END $$;
         CREATE TRIGGER trimmed BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION trimmed();
         CREATE POLICY all_of_them ON notes USING (true)",
    ),
];

const SHAPE: &str = r#"
#[migration("0003_squashed", replaces = ["0001_notes", "0002_at", "0003_recent"])]
async fn squashed(m: &mut Migration<'_>) -> MigrationResult {
"#;

fn done(text: &str) -> (String, Option<i32>) {
    (text.to_owned(), Some(0))
}

fn migration(number: usize, name: &str, sql: &str) -> String {
    format!(
        "//! Step {number}.\n\nuse schemata::prelude::*;\n\n#[migration(\"000{number}_{name}\")]\n\
         async fn {name}(m: &mut Migration<'_>) -> MigrationResult {{\n    m.execute(r#\"{sql}\"#).await?;\n    Ok(())\n}}\n"
    )
}

#[tokio::test]
async fn three_migrations_become_one() {
    let (old, new) = (fresh_database().await, fresh_database().await);
    let project = Project::create("notes");
    project.write("build.rs", "fn main() {\n    println!(\"cargo::rerun-if-changed=src/migrations\");\n}\n");
    project.write("src/main.rs", MAIN);
    project.write("src/models.rs", MODEL);
    project.write("src/migrations/mod.rs", "//! The history.\n\nschemata::migrations!();\n");
    for (at, (name, sql)) in STEPS.into_iter().enumerate() {
        project.write(&format!("src/migrations/m000{}_{name}.rs", at + 1), &migration(at + 1, name, sql));
    }
    let applied = "Applied 3 migration(s):\n- 0001_notes\n- 0002_at\n- 0003_recent\n";
    assert_eq!(project.says(old.url(), &["migrate"]), done(applied));

    // The file is written, and its comment says that it is equal.
    let wrote = "Wrote …/src/migrations/m0003_squashed.rs\nIt replaces 3 migrations:\n- 0001_notes\n- 0002_at\n\
                 - 0003_recent\nIt leads to the same schema as they do.\nKeep their files for now. Once every \
                 database has run `migrate` with this release, you can delete them:\n- src/migrations/m0001_notes.rs\n\
                 - src/migrations/m0002_at.rs\n- src/migrations/m0003_recent.rs\n";
    assert_eq!(project.says(old.url(), &["squash", "squashed"]), done(wrote));
    let source = project.read("src/migrations/m0003_squashed.rs");
    assert!(source.contains(SHAPE), "{source}");

    // It compiles; a new database gets one row, an old one continues, and all agree.
    assert_eq!(project.says(new.url(), &["migrate"]), done("Applied 1 migration(s):\n- 0003_squashed\n"));
    let marked = "Marked as applied, because all the migrations they replace are:\n- 0003_squashed\n";
    let (status, code) = project.says(old.url(), &["status"]);
    assert_eq!(code, Some(0), "{status}");
    assert!(
        status.contains("applied   0003_squashed  like everything it replaces; the next `migrate` records it\n"),
        "{status}"
    );
    assert_eq!(project.says(old.url(), &["migrate"]), done(marked));
    let clean = "The migrations lead to the models.\nThe database is what its migrations made it.\n\
                 Ignored, because models cannot express it: function trimmed, policy all_of_them on notes, trigger trimmed on \
                 notes, view recent\n";
    for database in [&old, &new] {
        assert_eq!(project.says(database.url(), &["check"]), done(clean));
    }
    let (status, _) = project.says(new.url(), &["status"]);
    assert!(status.starts_with("replaced  0001_notes  by 0003_squashed\napplied   0003_squashed  "), "{status}");
    assert!(status.ends_with("\nreplaced  0002_at to 0003_recent (2)  by 0003_squashed\n"), "{status}");

    // The old files are removed, and nothing needs them.
    for name in ["m0001_notes", "m0002_at", "m0003_recent"] {
        fs::remove_file(project.folder().join(format!("src/migrations/{name}.rs"))).expect("its file");
    }
    for database in [&old, &new] {
        assert_eq!(
            project.says(database.url(), &["migrate"]),
            done("No pending migrations. Database is up to date.\n")
        );
        assert_eq!(project.says(database.url(), &["check"]), done(clean));
    }
    let (status, _) = project.says(old.url(), &["status"]);
    assert!(status.ends_with("\nreplaced  0001_notes to 0003_recent (3)  by 0003_squashed\n"), "{status}");

    // The next migration follows.
    let model = MODEL.replace("    #[column(default_sql", "    pub author: Option<String>,\n    #[column(default_sql");
    project.write("src/models.rs", &model);
    assert_eq!(project.says(old.url(), &["generate", "author"]), done("Wrote …/src/migrations/m0004_author.rs\n"));
    for database in [&old, &new] {
        assert_eq!(project.says(database.url(), &["migrate"]), done("Applied 1 migration(s):\n- 0004_author\n"));
        assert_eq!(project.says(database.url(), &["check"]), done(clean));
    }
    let client = connect(new.url()).await;
    let body = "INSERT INTO notes (id, body) VALUES (1, 'x  ') RETURNING body";
    assert_eq!(client.query_one(body, &[]).await.expect("inserts").get::<_, String>(0), "x");
    let contents = async |url: &str| describe(&connect(url).await, "public").await;
    assert_eq!(contents(old.url()).await, contents(new.url()).await);
}
