//! Tries every rule (guards, validation, audit columns, keys, conflicts) on every road (each way to write or read) in every
//! place: on a pool, in transactions, in a tenant's schema, for an actor, behind a pooler.
//!
//! A cell that does not apply says why. A new rule or road does not compile before its cells are filled, and a method of
//! `TableModel` that is on no road is reported. On a pool every cell is tried, in each other place a third of them, and with
//! `SCHEMATA_CELLS=all` all of them.

mod forms;
mod models;
mod roads;
mod rules;

use std::collections::BTreeMap;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::process::Command;

use schemata::audit::AsActor;
use schemata::model::Write;
use schemata::testing::TestDatabase;
use schemata::{Db, Error, Executor, Pooler, TableModel};
use schemata_tests::catalog::{connect, major};
use schemata_tests::fresh_database;
#[cfg(unix)]
use schemata_tests::process::{Folder, Server, free_port};
use tokio_postgres::config::Host;

use crate::models::{Item, make_tables, new};
use crate::roads::Road;
use crate::rules::{Cell, Place, Rule, check, seed};

async fn database(schemas: &[&str]) -> (TestDatabase, Db, bool) {
    let database = fresh_database().await;
    let has_slots = major(&connect(database.url()).await).await >= 15;
    for schema in schemas {
        make_tables(database.url(), schema, has_slots).await;
    }
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db, has_slots)
}

fn cells() -> impl Iterator<Item = (Rule, Road)> {
    Rule::ALL.iter().flat_map(|rule| Road::ALL.iter().map(|road| (*rule, *road)))
}

/// Chooses the cells to try in one of many places: a third of them, or all with `SCHEMATA_CELLS=all`.
fn sample(nth: usize) -> impl Iterator<Item = (Rule, Road)> {
    let all = std::env::var("SCHEMATA_CELLS").is_ok_and(|cells| cells == "all");
    cells().enumerate().filter(move |(at, _)| all || at % 3 == nth % 3).map(|(_, cell)| cell)
}

/// Prints how many cells passed, and why the others do not apply.
fn report(place: &str, cells: &[Cell], of: usize) {
    assert_eq!(cells.len(), of, "every cell is filled");
    let held = cells.iter().filter(|cell| **cell == Cell::Held).count();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in cells {
        if let Cell::Not(why) = cell {
            *reasons.entry(why).or_default() += 1;
        }
    }
    println!("{place}: {held} of {} cells held; the others do not apply: {reasons:#?}", cells.len());
    assert!(held * 4 > of, "{place}: only {held} cells are tried");
}

async fn everywhere<E: Executor + ?Sized>(on: &E, place: Place, cells: Vec<(Rule, Road)>) {
    let (mut all, mut seeded, of) = (Vec::new(), false, cells.len());
    for (rule, road) in cells {
        if !seeded {
            seed(on, &place).await.expect("begins anew");
        }
        let cell = Box::pin(check(rule, road, on, &place)).await;
        seeded = cell != Cell::Held;
        all.push(cell);
    }
    report(place.name, &all, of);
}

fn place(name: &'static str, has_slots: bool) -> Place {
    Place { name, nobody: "system", scoped: "zoe", aborts: false, has_slots }
}

#[tokio::test]
async fn on_a_pool() {
    let (_database, db, has_slots) = database(&["public"]).await;
    everywhere(&db, place("on a pool", has_slots), cells().collect()).await;
}

#[tokio::test]
async fn for_an_actor() {
    let (_database, db, has_slots) = database(&["public"]).await;
    let acting = db.as_actor("ann".to_owned());
    let place = Place { nobody: "ann", scoped: "ann", ..place("for an actor", has_slots) };
    everywhere(&acting, place, sample(0).collect()).await;
}

#[tokio::test]
async fn in_a_tenants_schema() {
    let (_database, db, has_slots) = database(&["public", "tenant a"]).await;
    let row = Item::insert_from(new(rules::LIVE, "public")).exec(&db).await.expect("inserts");
    let tenant = db.in_schema("tenant a").expect("a name");
    everywhere(&tenant, place("in a tenant's schema", has_slots), sample(1).collect()).await;
    let public = Item::select().with_deleted().fetch(&db).await.expect("reads");
    assert_eq!(public, [row], "another schema's rows are not touched");
}

#[tokio::test]
async fn in_a_transaction() {
    let (_database, db, has_slots) = database(&["public"]).await;
    let place = &Place { aborts: true, ..place("in a transaction", has_slots) };
    seed(&db, place).await.expect("the same for every cell");
    let mut all = Vec::new();
    for (rule, road) in sample(0) {
        let rolled_back = db.transaction(|tx| async move {
            let cell = Box::pin(check(rule, road, &tx, place)).await;
            Err::<(), _>(Undone(cell))
        });
        all.push(rolled_back.await.expect_err("always rolled back").0);
    }
    report(place.name, &all, sample(0).count());
    assert_eq!(Item::select().with_deleted().count(&db).await.expect("counts"), 2, "nothing stays");
}

#[tokio::test]
async fn in_a_nested_transaction() {
    let (_database, db, has_slots) = database(&["public"]).await;
    let place = &Place { aborts: true, ..place("in a nested transaction", has_slots) };
    seed(&db, place).await.expect("the same for every cell");
    let outer = db.transaction(|tx| async move {
        let mut all = Vec::new();
        for (rule, road) in sample(1) {
            let rolled_back = tx.transaction(|tx| async move {
                let cell = Box::pin(check(rule, road, &tx, place)).await;
                Err::<(), _>(Undone(cell))
            });
            all.push(rolled_back.await.expect_err("always rolled back").0);
        }
        assert_eq!(Item::select().with_deleted().count(&tx).await?, 2, "the outer one goes on without it");
        Ok::<_, Error>(all)
    });
    report(place.name, &outer.await.expect("commits"), sample(1).count());
}

#[cfg(unix)]
#[tokio::test]
async fn behind_a_pooler() {
    let (database, db, has_slots) = database(&["public"]).await;
    drop(db);
    let config: tokio_postgres::Config = database.url().parse().expect("a URL");
    let host = match config.get_hosts().first().expect("a host") {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    };
    let (port, own) = (config.get_ports().first().copied().unwrap_or(5432), free_port());
    let folder = Folder::create("rules-behind-pgbouncer");
    let settings = format!(
        "[databases]\n* = host={host} port={port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
         listen_port = {own}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n\
         logfile = {}/log\n",
        folder.path().display()
    );
    let program =
        ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];
    let program = program.iter().find(|path| Path::new(path).exists()).expect("apt-get install pgbouncer");
    let mut command = Command::new(program);
    command.arg("-q").arg(folder.write("pgbouncer.ini", &settings));
    let _bouncer = Server::start(command, own).await;
    let url = format!("postgres://postgres@127.0.0.1:{own}/{}", config.get_dbname().expect("a database"));
    let db = Db::builder(&url).pooler(Pooler::Transaction).connect().await.expect("connects");
    everywhere(&db, place("behind a pooler", has_slots), sample(2).collect()).await;
}

/// Methods of the builders that no cell uses, each with the test file that does.
const ELSEWHERE: &[(&str, &str)] = &[
    ("key", "data.rs"),
    ("table", "rules_and_roads/main.rs"),
    ("actor", "audit.rs"),
    ("may_deadlock", "batch_rows.rs"),
    ("validate", "validation.rs"),
    ("set", "write_expressions.rs"),
    ("set_default", "write_expressions.rs"),
    ("set_opt", "requests.rs"),
    ("sortable", "requests.rs"),
    ("filterable", "requests.rs"),
    ("on_update_where", "write_expressions.rs"),
    ("join", "joined_writes.rs"),
    ("join_on", "joined_writes.rs"),
    ("left_join", "joined_writes.rs"),
    ("left_join_on", "joined_writes.rs"),
    ("insert_select", "joined_writes.rs"),
    ("with", "written_rows.rs"),
    ("with_write", "written_rows.rs"),
];

#[test]
fn every_method_that_writes_is_on_a_road() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/");
    let matrix: String =
        ["roads", "rules", "forms"].map(|file| read(&format!("{here}rules_and_roads/{file}.rs"))).concat();
    let uses = |text: &str, name: &str| {
        ["(", "::<"]
            .iter()
            .any(|next| text.contains(&format!(".{name}{next}")) || text.contains(&format!("::{name}{next}")))
    };
    let mut seen = 0;
    let files = [
        "table_model",
        "write/builder",
        "write/upsert",
        "write/on_conflict",
        "write/delete",
        "write/joined",
        "write/insert_select",
        "write/with_write",
        "batch/insert_many",
        "batch/upsert_many",
        "batch/change_many",
    ];
    for file in files {
        let source = read(&format!("{}/../schemata-core/src/model/{file}.rs", env!("CARGO_MANIFEST_DIR")));
        let public = source.lines().map(str::trim_start).filter_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(if matches!(file, "table_model" | "write/builder") {
                line
            } else {
                ""
            });
            let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
            name.split(['(', '<']).next().filter(|name| !name.starts_with("__"))
        });
        for name in public.filter(|name| !matches!(*name, "fmt" | "set_removed" | "by_key" | "update_by_key")) {
            seen += 1;
            let elsewhere = ELSEWHERE.iter().find(|(method, _)| *method == name);
            let is_tested = match elsewhere {
                Some((_, file)) => uses(&read(&format!("{here}{file}")), name),
                None => uses(&matrix, name),
            };
            assert!(is_tested, "`{name}` of model/{file}.rs is on no road: add one to `roads.rs`");
        }
    }
    assert!(seen > 50, "only {seen} methods were found");
    assert_eq!(Item::table().name, "items");
}

/// The error that ends a transaction which is to leave nothing.
#[derive(Debug)]
struct Undone(Cell);

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        panic!("{error:?}")
    }
}
