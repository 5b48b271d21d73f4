//! Databases in the shapes of well-known applications (`tests/schemas`) get an application, whose models then change ten
//! times at random; each time, what is generated leads there, and no row is lost.
//!
//! One of them here, all by `tests/schemas.sh`; `SCHEMAS=forum,chat` tries these, and `SCHEMATA_SEED` makes other changes.

mod changes;
mod program;

use schemata_tests::catalog::{connect, major, one};
use schemata_tests::dice::Dice;
use schemata_tests::fresh_database;
use schemata_tests::project::decided;

use crate::changes::Changes;
use crate::program::Program;

/// Returns the schemas to try, and their SQL.
fn schemas() -> Vec<(String, String)> {
    let wanted = std::env::var("SCHEMAS").unwrap_or_else(|_| "logs".to_owned());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of the schemas")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_stem().expect("a name").to_str().expect("UTF-8").to_owned();
            (name, std::fs::read_to_string(path).expect("a file"))
        })
        .filter(|(name, _)| wanted == "all" || wanted.split(',').any(|wanted| wanted == name))
        .collect();
    all.sort();
    assert!(!all.is_empty(), "no schema is called {wanted:?}");
    all
}

#[tokio::test]
async fn any_database_is_adopted_and_grows() {
    for (name, sql) in schemas() {
        let database = fresh_database().await;
        let client = connect(database.url()).await;
        if let Some(extension) = sql.strip_prefix("-- requires: ").and_then(|rest| rest.lines().next()) {
            let query = format!("SELECT count(*) > 0 FROM pg_available_extensions WHERE name = '{extension}'");
            if !one::<bool>(&client, &query).await {
                println!("{name}: skipped, PostgreSQL {} lacks {extension}", major(&client).await);
                continue;
            }
        }
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let before = rows(&client).await;

        let mut program = Program::adopt(&name, database.url(), &client).await;
        program.is_green("after the adoption");

        let seed = std::env::var("SCHEMATA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        let mut changes = Changes::new(Dice::new(seed), used_by_views(&client).await);
        let made: Vec<String> = (0..10).filter_map(|_| changes.make(&mut program)).collect();
        println!("{name}: {}", made.join("; "));
        assert_eq!(made.len(), 10, "{name}");
        let written = program.succeeds(&["generate", "ten_changes"]);
        let migration = "src/migrations/m0002_ten_changes.rs";
        let source = program.project.read(migration);
        program.project.write(migration, &decided(&source));
        program.succeeds(&["plan", "--measure"]);
        program.succeeds(&["migrate"]);
        program.is_green(&format!("after {}: {written}", made.join("; ")));
        for (table, count) in before {
            let now: i64 = one(&client, &format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(now, count, "{name}: rows of {table}");
        }
    }
}

/// Returns the number of rows of each table.
async fn rows(client: &tokio_postgres::Client) -> Vec<(String, i64)> {
    const TABLES: &str = "
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        ORDER BY 1";
    let mut counts = Vec::new();
    for table in client.query(TABLES, &[]).await.expect("the catalog can be read") {
        let table: String = table.get(0);
        let count = one(client, &format!("SELECT count(*) FROM {table}")).await;
        counts.push((table, count));
    }
    counts
}

/// Returns the names of columns that a view reads: PostgreSQL lets nobody drop them, or change their types.
async fn used_by_views(client: &tokio_postgres::Client) -> Vec<String> {
    const COLUMNS: &str = "
        SELECT DISTINCT a.attname::text
        FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND a.attnum > 0";
    let columns = client.query(COLUMNS, &[]).await.expect("the catalog can be read");
    columns.iter().map(|row| row.get(0)).collect()
}
