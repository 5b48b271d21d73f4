//! The story of the guide's page on `generate`: a program that is compiled and run again and again, while its model grows.

use std::process::Command;

use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::project::Project;

const MAIN: &str = r#"//! A shop.

mod migrations;
mod models;

use std::process::ExitCode;

use schemata::cli::App;
use schemata::tables;

fn main() -> ExitCode {
    App::new("shop").tables(tables![models::Order]).main()
}
"#;

const MODEL: &str = r#"//! The models.
#![allow(dead_code)]

use chrono::{DateTime, Utc};
use schemata::prelude::*;
use uuid::Uuid;

#[derive(TableModel)]
#[table(name = "orders")]
pub struct Order {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    #[column(sql_type = "varchar(20)", unique)]
    pub order_number: String,
    #[column(default_sql = "now()")]
    pub placed_at: DateTime<Utc>,
}
"#;

const GROWN: &str = "    #[column(sql_type = \"varchar(20)\", default = \"pending\")]\n    pub status: String,\n    \
                     pub shipped_at: Option<DateTime<Utc>>,\n}\n";

const BY_HAND: &str = r#"//! By hand.

use schemata::prelude::*;

#[migration("0003_by_hand")]
async fn by_hand(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE VIEW numbers AS SELECT order_number FROM orders").await?;
    Ok(())
}
"#;

fn done(text: &str) -> (String, Option<i32>) {
    (text.to_owned(), Some(0))
}

#[tokio::test]
async fn a_model_grows_and_its_migrations_with_it() {
    let database = fresh_database().await;
    let project = Project::create("shop");
    let says = |arguments: &[&str]| project.says(database.url(), arguments);
    project.write("build.rs", "fn main() {\n    println!(\"cargo::rerun-if-changed=src/migrations\");\n}\n");
    project.write("src/main.rs", &MAIN.replace("mod migrations;\n", ""));
    project.write("src/models.rs", MODEL);

    // A project without migrations gets its first one, and the folder for it.
    assert_eq!(says(&["generate", "initial"]), done("Wrote …/src/migrations/m0001_initial.rs\n"));
    project.write("src/main.rs", MAIN);
    assert_eq!(says(&["migrate"]), done("Applied 1 migration(s):\n- 0001_initial\n"));
    assert_eq!(says(&["generate", "more"]), done("Models and migrations agree; nothing to generate.\n"));
    let client = connect(database.url()).await;
    client.batch_execute("INSERT INTO orders (order_number) VALUES ('A-1')").await.expect("inserts");

    // A few sprints later.
    project.write("src/models.rs", &MODEL.replace("}\n", GROWN));
    let (text, code) = says(&["check"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("- orders.shipped_at: the model has it, the migrations do not\n"), "{text}");
    assert!(text.contains("- orders.status: the model has it, the migrations do not\n"), "{text}");
    assert_eq!(says(&["generate", "add_order_status"]), done("Wrote …/src/migrations/m0002_add_order_status.rs\n"));
    assert_eq!(says(&["migrate"]), done("Applied 1 migration(s):\n- 0002_add_order_status\n"));
    let status: String = client.query_one("SELECT status FROM orders", &[]).await.expect("one row").get(0);
    assert_eq!(status, "pending");
    let clean = "The migrations lead to the models.\nThe database is what its migrations made it.\n";
    assert_eq!(says(&["check"]), done(clean));

    // A file that comes some other way is seen as well, since build.rs watches the folder.
    project.write("src/migrations/m0003_by_hand.rs", BY_HAND);
    assert_eq!(says(&["migrate"]), done("Applied 1 migration(s):\n- 0003_by_hand\n"));

    // What would lose data waits for a decision, and is named by every command until then.
    project.write("src/models.rs", MODEL);
    let lost = "- orders.shipped_at is dropped: its values are lost\n- orders.status is dropped: its values are lost\n";
    let wrote = "Wrote …/src/migrations/m0004_no_status.rs\nUndecided, so that it does not run yet:\n";
    assert_eq!(says(&["generate", "no_status"]), (format!("{wrote}{lost}"), Some(2)));
    for command in [["migrate"].as_slice(), &["migrate", "--dry-run"], &["status"], &["check"]] {
        let (text, code) = says(command);
        assert_eq!(code, Some(1), "{text}");
        let words =
            "migration 0004_no_status is undecided: orders.shipped_at is dropped: its values are lost; decide in ";
        assert!(text.contains(words) && text.contains("m0004_no_status.rs, line 5"), "{text}");
    }

    let files = std::fs::read_dir(project.folder().join("src/migrations")).expect("the folder");
    let files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    assert_eq!(files.len(), 5);
    let rustfmt =
        Command::new("rustfmt").args(["--check", "--edition", "2024"]).args(&files).output().expect("rustfmt");
    assert!(rustfmt.status.success(), "{}", String::from_utf8_lossy(&rustfmt.stdout));
}
