//! `inspect`: a database that grew without this library becomes models, which say what it is and no more.
//!
//! `SCHEMATA_CASES=100 cargo test -p schemata-tests --test inspect` tries as many random schemas there and back.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write;

use schemata::Ident;
use schemata::generate::Inspection;
use schemata::migrate::{Migration, MigrationResult, MigrationSet, Migrator};
use schemata::schema::Table;
use schemata::tables;
use schemata::testing::TestDatabase;
use schemata_tests::catalog::{connect, describe, major};
use schemata_tests::corners::{Actions, Arrays, Defaults};
use schemata_tests::corpus::{Constrained, Everything, Left, LongName, Modern, Right};
use schemata_tests::dice::Dice;
use schemata_tests::process::Folder;
use schemata_tests::project::Project;
use schemata_tests::tutorial::{Customer, Order, OrderItem};
use schemata_tests::{fresh_database, shapes, shop};

const LEGACY: &str = include_str!("../fixtures/legacy.sql");

fn migrator() -> Migrator {
    Migrator::new(MigrationSet::new([]).expect("none"))
}

async fn with(sql: &str) -> TestDatabase {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{error:?}"));
    database
}

async fn inspected(database: &TestDatabase) -> Inspection {
    migrator().inspect(database.url(), &[]).await.expect("reads")
}

fn left(found: &Inspection) -> Vec<String> {
    found.left_out.iter().map(ToString::to_string).collect()
}

const EMPTY: &str = "//! Not yet one.\n\nuse std::process::ExitCode;\n\nuse schemata::cli::App;\n\n\
                     fn main() -> ExitCode {\n    App::new(\"legacy\").main()\n}\n";

/// An application with the models that `inspect` wrote.
fn main_of(tables: &str, migrations: &str) -> String {
    format!(
        "//! An application.\n#![allow(dead_code, unused_imports)]\n\n{migrations}mod models;\n\nuse std::process::ExitCode;\n\n\
         use models::*;\nuse schemata::cli::App;\nuse schemata::tables;\n\n\
         fn main() -> ExitCode {{\n    App::new(\"legacy\").tables({tables}).main()\n}}\n"
    )
}

#[tokio::test]
async fn a_legacy_database_becomes_models_that_agree_with_it() {
    let database = with(LEGACY).await;
    let found = migrator().inspect(database.url(), &["billing"]).await.expect("reads");
    let project = Project::create("legacy");
    project.write("src/main.rs", EMPTY);
    let arguments = ["inspect", "--schema", "public", "--schema", "billing", "--dir", "src/models"];
    let (text, code) = project.says(database.url(), &arguments);
    assert_eq!((code, text.lines().count()), (Some(2), found.files().len()), "{text}");
    let module = project.read("src/models/mod.rs");
    assert!(module.contains("pub mod billing;\n") && module.contains("pub use billing::*;\n"), "{module}");
    let (text, _) = project.says(database.url(), &arguments);
    assert_eq!(text, format!("{} file(s) are as the database is\n", found.files().len()));

    let tables = format!("{}).unmanaged(models::UNMANAGED", found.tables());
    project.write("src/main.rs", &main_of(&tables, ""));
    let (text, code) = project.says(database.url(), &["generate", "initial"]);
    assert_eq!((text.as_str(), code), ("Wrote …/src/migrations/m0001_initial.rs\n", Some(0)));
    let initial = project.read("src/migrations/m0001_initial.rs");
    for extension in ["citext", "pgcrypto"] {
        let line = format!("    m.execute(\"CREATE EXTENSION IF NOT EXISTS {extension}\").await?;\n");
        assert!(initial.replace("\n        .await?;", ".await?;").contains(&line), "{initial}");
    }
    // Frozen models have domains, too.
    let in_sql: Vec<&str> =
        initial.split("\"CREATE TABLE ").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
    assert_eq!(in_sql, [""; 0], "{initial}");
    project.write("src/main.rs", &main_of(&tables, "mod migrations;\n"));
    let (text, code) = project.says(database.url(), &["migrate", "baseline", "--to", "0001_initial"]);
    assert_eq!(code, Some(0), "{text}");

    // What the models cannot express is declared as left to the database, and no difference remains.
    let (text, code) = project.says(database.url(), &["check"]);
    assert_eq!(code, Some(0), "{text}");
    let (text, code) = project.says(database.url(), &["generate", "nothing"]);
    assert_eq!((text.as_str(), code), ("Models and migrations agree; nothing to generate.\n", Some(0)));

    let fresh = fresh_database().await;
    let (text, code) = project.says(fresh.url(), &["migrate"]);
    assert_eq!((text.as_str(), code), ("Applied 1 migration(s):\n- 0001_initial\n", Some(0)));
    let (text, code) = project.says(fresh.url(), &["check"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\nLeft to the database, but missing: "), "{text}");
}

#[tokio::test]
async fn what_a_database_calls_things_is_never_code() {
    let database = with(LEGACY).await;
    let found = migrator().inspect(database.url(), &["billing"]).await.expect("reads");
    for text in found.files().into_iter().map(|(_, text)| text).chain([found.source()]) {
        assert!(!text.contains(['\u{202e}', '\0', '\r']), "{text}");
        for line in text.lines() {
            let begins = line.trim_start();
            let known = ["//", "#[", "use ", "mod ", "pub ", "}", "name", "schema", "primary_key", "comment", "unique"];
            let known = known
                .iter()
                .chain(&["index", "check", "foreign_key", "unmanaged", ")]", "\"", "];"])
                .any(|known| begins.starts_with(known));
            let variant = begins.ends_with(',') && begins[..begins.len() - 1].chars().all(char::is_alphanumeric);
            assert!(known || variant || begins.is_empty(), "{line}");
        }
    }
}

thread_local! {
    static MODELS: RefCell<Vec<&'static Table>> = const { RefCell::new(Vec::new()) };
}

async fn bootstrap(m: &mut Migration<'_>) -> MigrationResult {
    let models = MODELS.with_borrow(Clone::clone);
    m.bootstrap(models).await
}

/// Creates the tables of `models` in a schema of a database.
async fn create(database: &TestDatabase, schema: &str, models: &[&'static Table]) {
    MODELS.set(models.to_vec());
    let migrator = Migrator::new(shop::set(&[shop::entry("0001_start", |m| Box::pin(bootstrap(m)))]));
    migrator.schema(Ident::new(schema).expect("short")).run(database.url()).await.expect("creates the tables");
}

const MAIN: &str = r#"//! Creates the tables of models, each in a database.
#![allow(dead_code)]

MODULES

use std::cell::RefCell;

use schemata::migrate::{Migration, MigrationEntry, MigrationResult, MigrationSet, Migrator};
use schemata::schema::Table;
use schemata::tables;

thread_local! {
    static MODELS: RefCell<Vec<&'static Table>> = const { RefCell::new(Vec::new()) };
}

async fn bootstrap(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(MODELS.with_borrow(Clone::clone)).await
}

fn models(case: &str) -> Vec<&'static Table> {
    match case {
        CASES
        _ => panic!("no case {case}"),
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        for pair in arguments.chunks(2) {
            MODELS.set(models(&pair[0]));
            let entry = MigrationEntry::new("back", "0001_back", |m| Box::pin(bootstrap(m)), file!(), line!());
            let migrator = Migrator::new(MigrationSet::new([entry]).expect("one"));
            if let Err(error) = migrator.run(&pair[1]).await {
                println!("{}: {error:?}", pair[0]);
            }
        }
    });
}
"#;

/// For every model of the tests: the models that `inspect` writes for its tables compile, and create the same tables.
#[tokio::test]
async fn there_and_back_the_catalog_is_the_same() {
    let count = std::env::var("SCHEMATA_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(12_u64);
    let mut cases: Vec<(String, Vec<&'static Table>)> = vec![
        ("tutorial".to_owned(), tables![Customer, Order, OrderItem].to_vec()),
        (
            "corpus".to_owned(),
            tables![LongName, Right, Left, Constrained, Everything, Actions, Arrays, Defaults].to_vec(),
        ),
    ];
    let first = fresh_database().await;
    if major(&connect(first.url()).await).await >= 15 {
        cases[1].1.extend(tables![Modern]);
    }
    cases.extend((1..=count).map(|case| (format!("case_{case}"), shapes::models(&mut Dice::new(case)))));

    let project = Project::create("inspected");
    let (mut modules, mut arms, mut pairs) = (String::new(), String::new(), Vec::new());
    for (name, models) in &cases {
        let (from, back) = (fresh_database().await, fresh_database().await);
        create(&from, "public", models).await;
        let found = inspected(&from).await;
        assert_eq!(left(&found), Vec::<String>::new(), "{name}");
        assert_eq!(found.items.iter().filter(|item| item.is_model).count(), models.len());
        project.write(&format!("src/{name}.rs"), &found.source());
        let _ = writeln!(modules, "mod {name};");
        let tables = found.tables().replace("![", &format!("![{name}::")).replace(", ", &format!(", {name}::"));
        let _ = writeln!(arms, "{name:?} => {tables}.to_vec(),");
        pairs.push((name, from, back));
    }
    project.write("src/main.rs", &MAIN.replace("MODULES", &modules).replace("CASES", &arms));
    let arguments: Vec<&str> = pairs.iter().flat_map(|(name, _, back)| [name.as_str(), back.url()]).collect();
    let output = project.run("", &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    for (name, from, back) in &pairs {
        let (from, back) = (connect(from.url()).await, connect(back.url()).await);
        let (from, back) = (describe(&from, "public").await, describe(&back, "public").await);
        let apart: Vec<_> = from.symmetric_difference(&back).collect();
        assert!(apart.is_empty(), "{name}: {apart:#?}");
    }
    println!("{} schemas there and back", pairs.len());
}

/// The same tables give the same models in every schema and for every role.
#[tokio::test]
async fn a_tenants_schema_reads_like_any_other() {
    let database = fresh_database().await;
    let models = tables![LongName, Right, Left, Constrained, Everything];
    create(&database, "public", &models).await;
    create(&database, "Some \"Tenant\"", &models).await;
    let tenant = migrator().schema(Ident::new("Some \"Tenant\"").expect("short"));
    let tenant = tenant.inspect(database.url(), &[]).await.expect("reads");
    assert_eq!(tenant.source(), inspected(&database).await.source());
    assert!(!tenant.source().contains("schema ="));
}

#[tokio::test]
async fn a_role_that_may_only_read_inspects_and_writes_nothing() {
    let database = with("CREATE TABLE notes (id int PRIMARY KEY, text text)").await;
    let client = connect(database.url()).await;
    let role = format!("reader_{}", std::process::id());
    let make = format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON notes TO {role}");
    client.batch_execute(&make).await.expect("a role");
    let before = describe(&client, "public").await;
    let mut url = database.url().to_owned();
    url = format!("{url}{}options=-c%20role%3D{role}", if url.contains('?') { "&" } else { "?" });
    let found = migrator().inspect(&url, &[]).await;
    let dropped = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&dropped).await.expect("drops it");
    assert_eq!(found.expect("reads").tables(), "tables![Note]");
    assert_eq!(describe(&client, "public").await, before);
    let ledger = client.query_one("SELECT to_regclass('schemata_migrations') IS NULL", &[]).await.expect("one row");
    assert!(ledger.get::<_, bool>(0));
}

#[tokio::test]
async fn an_empty_database_and_a_missing_schema() {
    let database = fresh_database().await;
    let found = inspected(&database).await;
    assert_eq!((found.tables().as_str(), found.left_out.len()), ("tables![]", 0));
    let error = migrator().inspect(database.url(), &["nowhere"]).await.expect_err("not there");
    assert_eq!(error.to_string(), "there is no schema \"nowhere\" in this database");
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let database = with("CREATE TABLE notes (id int PRIMARY KEY); CREATE TABLE a_first (id int PRIMARY KEY)").await;
    let found = inspected(&database).await;
    let folder = Folder::create("inspect");
    std::fs::write(folder.path().join("note.rs"), "mine").expect("writes");
    let error = found.write(folder.path()).expect_err("there already").to_string();
    assert!(error.ends_with("note.rs exists already: choose another name or folder"), "{error}");
    let names: BTreeSet<_> =
        std::fs::read_dir(folder.path()).expect("a folder").map(|file| file.expect("a file").file_name()).collect();
    assert_eq!(names, ["note.rs".into()].into(), "not one file was written");
    assert_eq!(found.write(&folder.path().join("models")).expect("writes").len(), 3);
    assert!(found.write(&folder.path().join("no/such")).is_err(), "its parent is missing, too");
    std::fs::write(folder.path().join("tables.rs"), "mine").expect("writes");
    let error = found.write(&folder.path().join("tables")).expect_err("a module of that name").to_string();
    assert!(error.contains("tables.rs exists already"), "{error}");
    assert!(!folder.path().join("tables").exists());
    std::fs::create_dir(folder.path().join("src")).expect("makes");
    std::fs::write(folder.path().join("src/main.rs"), "fn main() {}").expect("writes");
    let error = found.write(&folder.path().join("src")).expect_err("the crate's own folder").to_string();
    assert!(error.ends_with("src/main.rs exists already: choose another name or folder"), "{error}");
}

#[tokio::test]
async fn again_it_shows_what_changed_and_keeps_a_persons_edits() {
    let database =
        with("CREATE TABLE notes (id int PRIMARY KEY, body text); CREATE TABLE tags (id int PRIMARY KEY)").await;
    let folder = Folder::create("merge");
    let models = folder.path().join("models");
    let first = inspected(&database).await.merge(&models, false).expect("writes");
    assert_eq!((first.written.len(), first.kept.len()), (3, 0));
    let again = inspected(&database).await.merge(&models, false).expect("compares");
    assert_eq!((again.written.len(), again.unchanged.len(), again.kept.len(), again.stale.len()), (0, 3, 0, 0));

    // A person edits a file, and the database changes.
    let file = models.join("note.rs");
    let edited = std::fs::read_to_string(&file).expect("reads").replace("/// A row of `notes`.", "/// A note.");
    std::fs::write(&file, &edited).expect("writes");
    let change =
        "ALTER TABLE notes ADD COLUMN title text NOT NULL; CREATE TABLE pages (id int PRIMARY KEY); DROP TABLE tags";
    connect(database.url()).await.batch_execute(change).await.expect("changes");
    let found = inspected(&database).await;
    let merged = found.merge(&models, false).expect("compares");
    assert_eq!(merged.written, [models.join("page.rs")]);
    assert_eq!(merged.stale, [models.join("tag.rs")]);
    let kept: Vec<(&std::path::Path, String)> =
        merged.kept.iter().map(|kept| (kept.file.as_path(), kept.lines.join("\n"))).collect();
    assert_eq!(
        kept[0],
        (
            models.join("mod.rs").as_path(),
            "- mod tag;\n+ mod page;\n- pub use tag::Tag;\n+ pub use page::Page;".to_owned()
        )
    );
    assert_eq!(
        kept[1],
        (file.as_path(), "- /// A note.\n+ /// A row of `notes`.\n+     pub title: String,".to_owned())
    );
    assert_eq!(std::fs::read_to_string(&file).expect("reads"), edited, "kept");

    // Only a person's word replaces it.
    let replaced = found.merge(&models, true).expect("replaces");
    assert_eq!((replaced.replaced.len(), replaced.kept.len()), (2, 0));
    assert!(std::fs::read_to_string(&file).expect("reads").contains("pub title: String,"));
    assert!(models.join("tag.rs").exists(), "nothing is removed");
}

/// Each of these once led to models that did not compile, or that no database accepted.
#[tokio::test]
async fn what_models_cannot_name_is_left_out() {
    let database = with(
        "CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions;
         CREATE TYPE empty_label AS ENUM ('', 'b');
         CREATE TABLE t (id serial PRIMARY KEY, label empty_label DEFAULT '', mail extensions.citext, body text);
         CREATE INDEX t_body ON t USING gin (body extensions.gin_trgm_ops);
         CREATE TABLE u (id int PRIMARY KEY DEFAULT nextval('t_id_seq'), n int DEFAULT nextval('t_id_seq') + 1)",
    )
    .await;
    let found = inspected(&database).await;
    let expected = [
        "enum empty_label: one of its labels is empty",
        "t.label (empty_label): the library has no Rust type for it",
        "t.mail (extensions.citext): the library has no Rust type for it",
        "u.id (integer): its default nextval('t_id_seq'::regclass) needs the sequence t_id_seq, which no model creates",
        "u.n (integer): its default (nextval('t_id_seq'::regclass) + 1) needs the sequence t_id_seq, which no model creates",
    ];
    let mut left = left(&found);
    left.retain(|one| !one.starts_with("extension "));
    assert_eq!(left, expected);
    assert!(found.source().contains("opclass(\"extensions.gin_trgm_ops\")"), "{}", found.source());
}

#[tokio::test]
async fn domains_and_composite_types_become_structs() {
    let database = with(
        "CREATE TYPE mood AS ENUM ('sad', 'happy');
         CREATE DOMAIN email AS varchar(80) CHECK (VALUE LIKE '%@%');
         CREATE DOMAIN rated AS int DEFAULT 0;
         CREATE TYPE contact AS (\"E mail\" email, mood mood, phones text[]);
         CREATE TYPE unused AS (a int);
         CREATE TABLE people (id email PRIMARY KEY, contact contact, rated rated, former contact[])",
    )
    .await;
    let found = inspected(&database).await;
    let items: Vec<_> = found.items.iter().map(|item| (item.name.as_str(), item.is_model)).collect();
    assert_eq!(items, [("Person", true), ("Mood", false), ("Email", false), ("Contact", false)]);
    let files = found.files();
    let file = |name: &str| files.iter().find(|(file, _)| file == name).expect("a file").1.as_str();
    assert_eq!(
        file("email.rs"),
        "//! The domain `email`.\n\nuse schemata::prelude::*;\n\n/// A value of the domain.\n\
         #[derive(Debug, Clone, PartialEq, PgDomain)]\n\
         #[column(\n    name = \"email\",\n    sql_type = \"varchar(80)\",\n    \
         check(\"email_check\", \"(VALUE)::text ~~ '%@%'::text\")\n)]\n\
         pub struct Email(pub String);\n"
    );
    assert_eq!(
        file("contact.rs"),
        "//! The composite type `contact`.\n\nuse schemata::prelude::*;\n\nuse super::{Email, Mood};\n\n\
         /// A value of the composite type.\n#[derive(Debug, Clone, PartialEq, PgComposite)]\n\
         #[column(name = \"contact\")]\npub struct Contact {\n    #[column(name = \"E mail\")]\n    pub e_mail: Option<Email>,\n    \
         pub mood: Option<Mood>,\n    pub phones: Option<Vec<String>>,\n}\n"
    );
    let person = file("person.rs");
    for line in
        ["use super::{Contact, Email};", "pub id: Email,", "contact: Option<Contact>,", "former: Option<Vec<Contact>>,"]
    {
        assert!(person.contains(line), "no {line} in {person}");
    }
    assert_eq!(
        left(&found),
        [
            "composite type unused: migrations create it, models do not",
            "domain rated: migrations create it, models do not",
            "people.rated (rated): the library has no Rust type for it"
        ]
    );
}
