//! Follows the guide's page on `generate`: a program is compiled and run repeatedly while its model grows.

use std::fmt::Write;
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
    App::new("shop").tables(tables![models::Customer, models::Order]).main()
}
"#;

const MODEL: &str = r#"//! The models.
#![allow(dead_code)]

use chrono::{DateTime, Utc};
use schemata::prelude::*;
use uuid::Uuid;

#[derive(TableModel)]
#[table(name = "customers")]
pub struct Customer {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    pub email: String,
}

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

const STATUS: &str = "    #[column(sql_type = \"varchar(20)\", default = \"pending\")]\n    pub status: String,\n    \
                      pub shipped_at: Option<DateTime<Utc>>,\n";

const CUSTOMER: &str = "    #[column(references = Customer::id)]\n    pub customer_id: Option<Uuid>,\n";

/// The models, with these fields of an order, and these attributes of its table.
fn models(attributes: &str, fields: &str) -> String {
    let placed = "    pub placed_at: DateTime<Utc>,\n";
    let table = "#[table(name = \"orders\")]";
    MODEL
        .replace(placed, &format!("{placed}{fields}"))
        .replace(table, &format!("#[table(name = \"orders\"{attributes})]"))
}

const BY_HAND: &str = r#"//! By hand.

use schemata::prelude::*;

#[migration("0004_by_hand")]
async fn by_hand(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE VIEW numbers AS SELECT order_number FROM orders").await?;
    Ok(())
}
"#;

/// Returns the blocks of the guide's page, without standard error output that accompanies a result.
fn told() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/generate.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let blocks = page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = |block: &str| {
        let lines: Vec<&str> = block.lines().filter(|line| !line.starts_with("note: ")).collect();
        lines.join("\n") + "\n"
    };
    blocks.map(lines).collect()
}

/// Times differ from run to run.
fn timeless(text: &str) -> String {
    let words = text.split(' ').collect::<Vec<_>>();
    let timed = |at: usize| words.get(at + 1).is_some_and(|next| next.starts_with("ms"));
    let steady = words.iter().enumerate().map(|(at, word)| {
        let digits = word.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        if timed(at) { format!("{}…", &word[..word.len() - digits.len()]) } else { (*word).to_owned() }
    });
    steady.collect::<Vec<_>>().join(" ")
}

/// The typed command and its output.
struct Story {
    project: Project,
    url: String,
    told: String,
}

impl Story {
    /// Returns the output of a command and its exit code.
    fn says(&mut self, arguments: &[&str]) -> (String, Option<i32>) {
        let (text, code) = self.project.says(&self.url, arguments);
        let _ = write!(self.told, "$ cargo run -- {}\n{text}", arguments.join(" "));
        (text, code)
    }
}

fn done(text: &str) -> (String, Option<i32>) {
    (text.to_owned(), Some(0))
}

#[tokio::test]
async fn a_model_grows_and_its_migrations_with_it() {
    let database = fresh_database().await;
    let mut story = Story { project: Project::create("shop"), url: database.url().to_owned(), told: String::new() };
    story.project.write("build.rs", "fn main() {\n    println!(\"cargo::rerun-if-changed=src/migrations\");\n}\n");
    story.project.write("src/main.rs", &MAIN.replace("mod migrations;\n", ""));
    story.project.write("src/models.rs", MODEL);

    // A project without migrations gets its first one, and the folder for it.
    assert_eq!(story.says(&["generate", "initial"]), done("Wrote …/src/migrations/m0001_initial.rs\n"));
    story.project.write("src/main.rs", MAIN);
    assert_eq!(story.says(&["migrate"]), done("Applied 1 migration(s):\n- 0001_initial\n"));
    assert_eq!(story.says(&["generate", "more"]), done("Models and migrations agree; nothing to generate.\n"));
    let client = connect(database.url()).await;
    client.batch_execute("INSERT INTO orders (order_number) VALUES ('A-1'); ANALYZE").await.expect("inserts");

    // Some time later, the model has changed.
    story.project.write("src/models.rs", &models("", STATUS));
    let (text, code) = story.says(&["check"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("- orders.shipped_at: the model has it, the migrations do not\n"), "{text}");
    assert!(text.contains("- orders.status: the model has it, the migrations do not\n"), "{text}");
    assert_eq!(
        story.says(&["generate", "add_order_status"]),
        done("Wrote …/src/migrations/m0002_add_order_status.rs\n")
    );
    let (text, code) = story.says(&["plan", "--measure"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("ACCESS EXCLUSIVE lock for an instant") && text.contains("Safe on a busy database."),
        "{text}"
    );
    assert!(!text.contains("rewritten") && !text.contains("read completely"), "{text}");
    assert_eq!(story.says(&["migrate"]), done("Applied 1 migration(s):\n- 0002_add_order_status\n"));
    let status: String = client.query_one("SELECT status FROM orders", &[]).await.expect("one row").get(0);
    assert_eq!(status, "pending");
    let clean = "The migrations lead to the models.\nThe database is what its migrations made it.\n";
    assert_eq!(story.says(&["check"]), done(clean));
    assert_eq!(story.says(&["generate", "more"]), done("Models and migrations agree; nothing to generate.\n"));

    // With many orders, a step that would block a large table is written in a form that does not.
    let many =
        "INSERT INTO orders (order_number) SELECT 'B-' || n FROM generate_series(1, 120000) n; VACUUM ANALYZE orders";
    for statement in many.split(';') {
        client.batch_execute(statement).await.expect("many orders");
    }
    let of_customers = format!("{STATUS}{CUSTOMER}");
    let indexed = ", index(order_number, status, unique)";
    story.project.write("src/models.rs", &models(indexed, &of_customers));
    let wrote = "Wrote …/src/migrations/m0003_orders_have_customers.rs\n";
    assert_eq!(story.says(&["generate", "orders_have_customers"]), done(wrote));
    let (text, code) = story.says(&["plan", "--measure"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(story.says(&["migrate"]), done("Applied 1 migration(s):\n- 0003_orders_have_customers\n"));
    assert_eq!(story.says(&["check"]), done(clean));

    // A file added in another way is noticed as well, since build.rs watches the folder.
    story.project.write("src/migrations/m0004_by_hand.rs", BY_HAND);
    assert_eq!(story.says(&["migrate"]), done("Applied 1 migration(s):\n- 0004_by_hand\n"));

    // A step that would lose data waits for a decision, and every command names it until then.
    story.project.write("src/models.rs", &models("", CUSTOMER));
    let lost = "- orders.shipped_at is dropped: its values are lost (to keep it, write `unmanaged(column = \"shipped_at\")` on the model)\n- orders.status is dropped: its values are lost (to keep it, write `unmanaged(column = \"status\")` on the model); lost with it: index orders_order_number_status_idx on orders\n";
    let wrote = "Wrote …/src/migrations/m0005_no_status.rs\nUndecided, so the migration does not run yet:\n";
    assert_eq!(story.says(&["generate", "no_status"]), (format!("{wrote}{lost}"), Some(2)));
    for command in [["migrate"].as_slice(), &["migrate", "--dry-run"], &["status"], &["check"]] {
        let (text, code) = story.says(command);
        assert_eq!(code, Some(1), "{text}");
        let words = "migration 0005_no_status is undecided: orders.shipped_at is dropped: its values are lost (to keep it, write \
             `unmanaged(column = \"shipped_at\")` on the model); decide in ";
        assert!(text.contains(words) && text.contains("m0005_no_status.rs, line "), "{text}");
    }

    let folder = story.project.folder().join("src/migrations");
    let files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path()).collect();
    assert_eq!(files.len(), 6);
    let rustfmt =
        Command::new("rustfmt").args(["--check", "--edition", "2024"]).args(&files).output().expect("rustfmt");
    assert!(rustfmt.status.success(), "{}", String::from_utf8_lossy(&rustfmt.stdout));

    let lived = timeless(&story.told);
    for block in told() {
        for part in block.split("…\n") {
            assert!(lived.contains(&timeless(part)), "the guide tells:\n{part}\nand it was:\n{lived}");
        }
    }
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/generate.md")).expect("the page");
    for file in ["m0002_add_order_status.rs", "m0003_orders_have_customers.rs"] {
        let source = story.project.read(&format!("src/migrations/{file}"));
        let written = source.split_once("#[migration").expect("a migration").1;
        assert!(page.contains(written), "the guide shows another {file} than:\n{source}");
    }
}
