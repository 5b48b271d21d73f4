//! For random models and their random successors, the migration that `generate` writes compiles, applies to a database
//! with rows once its steps are decided, and leads to the models.
//!
//! `SCHEMATA_CASES=300 cargo test -p schemata-tests --test generate_random -- --nocapture` tries as many.

use std::cell::RefCell;
use std::fmt::Write;

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::schema::Table;
use schemata::testing::TestDatabase;
use schemata_tests::catalog::{connect, describe};
use schemata_tests::dice::Dice;
use schemata_tests::project::decided;
use schemata_tests::written_migrations::WrittenMigrations;
use schemata_tests::{fresh_database, shapes, shop};

thread_local! {
    /// The models that `bootstrap` creates: a migration is a plain function.
    static MODELS: RefCell<Vec<&'static Table>> = const { RefCell::new(Vec::new()) };
}

async fn bootstrap(m: &mut Migration<'_>) -> MigrationResult {
    let models = MODELS.with_borrow(Clone::clone);
    m.bootstrap(models).await
}

/// The migrator whose one migration creates `models`.
fn creates(models: &[&'static Table]) -> Migrator {
    MODELS.set(models.to_vec());
    Migrator::new(shop::set(&[shop::entry("0001_start", |m| Box::pin(bootstrap(m)))]))
}

/// A database with the tables of `models`, a row in each, and no ledger, since the program that continues is another
/// one.
async fn database(models: &[&'static Table], rows: bool) -> TestDatabase {
    let database = fresh_database().await;
    creates(models).run(database.url()).await.expect("creates the tables");
    let client = connect(database.url()).await;
    let mut sql = "DROP TABLE schemata_migrations;".to_owned();
    for table in models.iter().filter(|_| rows) {
        let set = table.columns.iter().filter(|column| column.generated.is_none());
        let (names, values): (Vec<_>, Vec<_>) = set
            .map(|column| {
                let value = if column.nullable { "NULL" } else { shapes::value(column.name) };
                (quoted(column.name), value)
            })
            .unzip();
        let _ = write!(
            sql,
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({});",
            quoted(table.name),
            names.join(", "),
            values.join(", ")
        );
    }
    client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    database
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[tokio::test]
async fn whatever_changes_the_written_migration_leads_there() {
    let cases = std::env::var("SCHEMATA_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(12_u64);
    let seed = std::env::var("SCHEMATA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    let mut migrations = WrittenMigrations::create("random");
    let (mut tried, mut undecided, mut frozen) = (Vec::new(), 0, 0);
    for case in seed..seed + cases {
        let mut dice = Dice::new(case);
        let (before, after) = (shapes::models(&mut dice), shapes::models(&mut dice));
        let database = database(&before, true).await;
        let draft = creates(&before).draft(database.url(), &after, &format!("case_{case}")).await;
        let draft = draft.unwrap_or_else(|error| panic!("case {case}: {error:?}"));
        let Some(draft) = draft else { continue };
        assert_eq!(draft.left, [], "case {case}: {}", draft.source);
        undecided += draft.undecided.len();
        frozen += usize::from(draft.source.contains("m.bootstrap(tables![frozen::"));
        assert!(!draft.source.contains("CREATE TABLE"), "case {case}: {}", draft.source);
        let id = format!("0002_case_{case}");
        assert_eq!(draft.id, id);
        migrations.add(&id, &decided(&draft.source), database.url());
        tried.push((case, database, after, draft));
    }
    assert!(
        tried.len() as u64 * 2 > cases && undecided as u64 * 2 > cases,
        "{} cases, {undecided} undecided",
        tried.len()
    );

    migrations.apply();
    for (case, database, after, draft) in &tried {
        let goal = self::database(after, false).await;
        let (found, expected) = (connect(database.url()).await, connect(goal.url()).await);
        let (found, expected) = (describe(&found, "public").await, describe(&expected, "public").await);
        let apart: Vec<_> = found.symmetric_difference(&expected).collect();
        assert!(apart.is_empty(), "case {case}: {apart:#?}\n{}", draft.source);
    }
    assert!(frozen as u64 * 5 > cases, "{frozen} migrations create tables");
    println!(
        "{} migrations compiled and applied, {frozen} with frozen models, {undecided} steps of theirs were undecided",
        tried.len()
    );
}
