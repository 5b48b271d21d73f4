//! Whatever the models were and whatever they become: the migration that `generate` writes compiles, applies to a database
//! with rows once everything in it is decided, and leads to the models.
//!
//! `SCHEMATA_CASES=300 cargo test -p schemata-tests --test generate_random -- --nocapture` tries as many.

use std::cell::RefCell;
use std::fmt::Write;

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::schema::Table;
use schemata::testing::TestDatabase;
use schemata_tests::catalog::{connect, describe};
use schemata_tests::dice::Dice;
use schemata_tests::project::{Project, decided};
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

/// A database with the tables of `models`, a row in each, and no ledger: the next program is another one.
async fn database(models: &[&'static Table], rows: bool) -> TestDatabase {
    let database = fresh_database().await;
    creates(models).run(database.url()).await.expect("creates the tables");
    let client = connect(database.url()).await;
    let mut sql = "DROP TABLE schema_migrations;".to_owned();
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

const MAIN: &str = r#"//! Runs one migration on one database, many times over.

schemata::migrations!();

use schemata::migrate::{MigrateError, MigrationSet, Migrator};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let all = MigrationSet::linked().expect("distinct ids");
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        for pair in arguments.chunks(2) {
            let one = all.entries().iter().filter(|entry| entry.id == pair[0]).copied();
            let set = MigrationSet::new(one).expect("one");
            assert_eq!(set.entries().len(), 1, "{}", pair[0]);
            // Where every table is large, only what has no safe form that could be generated is refused.
            if let Err(MigrateError::Hazardous(hazardous)) = Migrator::new(set.clone()).large(0).run(&pair[1]).await {
                let known = ["ALTER COLUMN TYPE", "a stored generated column", "numbering the rows"];
                for step in hazardous.steps {
                    if !known.iter().any(|why| step.hazard.why.starts_with(why)) {
                        println!("{}: refused: {step}", pair[0]);
                    }
                }
            }
            if let Err(error) = Migrator::new(set).large(u64::MAX).run(&pair[1]).await {
                let cause = std::error::Error::source(&error).and_then(std::error::Error::source);
                println!("{}: {error}: {:?}", pair[0], cause.map(|cause| format!("{cause} {:?}", cause.source())));
            }
        }
    });
}
"#;

#[tokio::test]
async fn whatever_changes_the_written_migration_leads_there() {
    let cases = std::env::var("SCHEMATA_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(12_u64);
    let seed = std::env::var("SCHEMATA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    let project = Project::create("random");
    project.write("src/main.rs", MAIN);
    let (mut tried, mut undecided, mut frozen, mut arguments) = (Vec::new(), 0, 0, Vec::new());
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
        project.write(&format!("src/m{case}.rs"), &decided(&draft.source));
        arguments.extend([id, database.url().to_owned()]);
        tried.push((case, database, after, draft));
    }
    assert!(
        tried.len() as u64 * 2 > cases && undecided as u64 * 2 > cases,
        "{} cases, {undecided} undecided",
        tried.len()
    );

    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = project.run("", &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
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
