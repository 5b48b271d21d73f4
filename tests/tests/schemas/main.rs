//! Databases in the shapes of well-known applications (`tests/schemas`) are adopted, and their models then change ten times at
//! random: what is generated leads there, no row is lost, and a new database gets from the migrations what `pg_dump` prints of
//! the old one.
//!
//! One of them here, all by `tests/schemas.sh`; `SCHEMAS=forum,chat` tries these, and `SCHEMATA_SEED` makes other changes.

mod changes;
mod dump;
mod program;

use schemata_tests::catalog::{connect, major, one};
use schemata_tests::dice::Dice;
use schemata_tests::fresh_database;
use schemata_tests::project::decided;

use crate::changes::Changes;
use crate::dump::Dump;
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
        let major = major(&client).await;
        if let Some(extension) = sql.strip_prefix("-- requires: ").and_then(|rest| rest.lines().next()) {
            let query = format!("SELECT count(*) > 0 FROM pg_available_extensions WHERE name = '{extension}'");
            if !one::<bool>(&client, &query).await {
                println!("{name}: skipped, PostgreSQL {major} lacks {extension}");
                continue;
            }
        }
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let before = rows(&client).await;
        let found = Dump::read(database.url(), major);

        let mut program = Program::adopt(&name, database.url(), &client).await;
        program.is_green(database.url(), "after the adoption");
        adoption_changed_nothing(&name, &program, database.url(), found.as_ref(), major).await;

        let seed = std::env::var("SCHEMATA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        let mut changes = Changes::new(Dice::new(seed), used_by_views(&client).await);
        let made: Vec<String> = (0..10).filter_map(|_| changes.make(&mut program)).collect();
        println!("{name}: {}", made.join("; "));
        assert_eq!(made.len(), 10, "{name}");
        program.link(false);
        let written = program.succeeds(&["generate", "ten_changes"]);
        let migration = "src/migrations/m0002_ten_changes.rs";
        let source = program.project.read(migration);
        program.project.write(migration, &decided(&source));
        program.link(true);
        program.succeeds(&["plan", "--measure"]);
        program.succeeds(&["migrate"]);
        program.is_green(database.url(), &format!("after {}: {written}", made.join("; ")));
        for (table, count) in before {
            let now: i64 = one(&client, &format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(now, count, "{name}: rows of {table}");
        }
        if let Some(found) = found {
            let grown = Dump::read(database.url(), major).expect("as before");
            let mut differences = found.differences(&grown.clone().without(LEDGER));
            differences.retain(|line| !changes.are_about(line));
            assert_eq!(differences, [""; 0], "{name}: {made:?} changed more than that");
            is_made_by_migrations(&name, &program, &grown, major).await;
        }
    }
}

/// Asserts that the adoption has only added the ledger, and that the first migration makes what the database contains.
async fn adoption_changed_nothing(name: &str, program: &Program, url: &str, found: Option<&Dump>, major: i32) {
    let Some(found) = found else {
        println!("{name}: the dumps are not compared, since pg_dump is older than PostgreSQL {major}");
        return;
    };
    let adopted = Dump::read(url, major).expect("as before");
    assert_eq!(found.differences(&adopted.without(LEDGER)), [""; 0], "{name}: the adoption changed the database");
    is_made_by_migrations(name, program, found, major).await;
}

/// Asserts that a new database gets from the migrations what the old one has, but for the ledgers of other tools.
async fn is_made_by_migrations(name: &str, program: &Program, of: &Dump, major: i32) {
    let fresh = fresh_database().await;
    program.fills(fresh.url());
    let mut wanted = of.clone().without(LEDGER);
    for ledger in OTHER_LEDGERS {
        wanted = wanted.without(ledger);
    }
    let made = Dump::read(fresh.url(), major).expect("as before").without(LEDGER);
    assert_eq!(wanted.differences(&made), [""; 0], "{name}: the migrations make another database");
}

/// What the ledger's objects have in their names.
const LEDGER: &str = "schemata_migrations";

/// What the objects of the ledgers in the schemas have in their names.
const OTHER_LEDGERS: [&str; 5] = [
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "schema_migrations",
    "ar_internal_metadata",
    "django_migrations",
];

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
