//! Models of tables without a primary key: they read and insert, and change rows by conditions.

use futures_util::{StreamExt, stream};
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::Write;
use schemata::prelude::*;
use schemata::query::{count, model};
use schemata::schema::Table;
use schemata_tests::catalog::connect;
use schemata_tests::project::Project;
use schemata_tests::{fresh_database, shop};

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "services")]
struct Service {
    #[column(primary_key)]
    id: i32,
    name: String,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "logs", keyless, index(service_id, size desc))]
struct Log {
    #[column(references = Service::id)]
    service_id: Option<i32>,
    line: String,
    #[column(default = 0)]
    size: i64,
}

const MODELS: [&Table; 2] = tables![Service, Log];

async fn make(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(MODELS).await
}

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[shop::entry("0001", |m| Box::pin(make(m)))]))
}

fn log(service_id: Option<i32>, line: &str) -> Log {
    Log { service_id, line: line.to_owned(), size: 0 }
}

fn written(row: &Log) -> <Log as TableModel>::Ready<schemata::model::Insert> {
    Log::insert().line(row.line.clone()).service_id(row.service_id)
}

#[tokio::test]
async fn rows_are_inserted_read_and_changed_by_conditions() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    for id in [1, 2] {
        Service::insert().id(id).name(format!("s{id}")).exec(&db).await.expect("inserts");
    }
    let one = Log::insert().line("first").service_id(1).exec(&db).await.expect("inserts");
    assert_eq!(one, log(Some(1), "first"));

    // Equal rows are several rows.
    let lines = ["same", "other", "third"].into_iter().cycle();
    let rows: Vec<Log> = (0..300).zip(lines).map(|(at, line)| log(Some(at % 2 + 1), line)).collect();
    let back = Log::insert_many(rows.iter().map(written)).fetch(&db).await.expect("inserts");
    assert_eq!(back, rows, "in the order of the batch");
    let copied = Log::insert_many((0..6_000).map(|_| Log::insert().line("copied"))).exec(&db).await.expect("copies");
    assert_eq!(copied, 6_000);
    let streamed = stream::iter(0..10).map(|at| Ok(Log::insert().line(format!("streamed {at}"))));
    assert_eq!(Log::insert_stream(streamed).exec(&db).await.expect("inserts"), 10);
    assert_eq!(Log::select().count(&db).await.expect("counts"), 6_311);

    let same = Log::select().filter(Log::line.eq("same")).fetch(&db).await.expect("reads");
    assert_eq!(same.len(), 100);
    let joined = Log::select().join(Log::SERVICE_ID_FKEY).filter(Service::name.eq("s2")).count(&db).await;
    assert_eq!(joined.expect("joins"), 150);
    let missing = Service::select()
        .left_join_on::<Log>(Log::service_id.eq(Service::id).and(Log::line.eq("first")))
        .order_by(Service::id.asc())
        .columns((Service::id, model::<Log>()))
        .fetch(&db)
        .await;
    assert_eq!(missing.expect("joins"), [(1, Some(log(Some(1), "first"))), (2, None)]);
    let sizes = Log::select().group_by(Log::line).aggregate(count()).having(count().gt(99)).order_by(Log::line.asc());
    let sizes = sizes.fetch(&db).await.expect("groups");
    assert_eq!(
        sizes.iter().map(|(line, rows)| (line.as_str(), *rows)).collect::<Vec<_>>(),
        [("copied", 6_000), ("other", 100), ("same", 100), ("third", 100)]
    );

    assert_eq!(Log::update_where(Log::line.eq("same")).size(7).exec(&db).await.expect("updates"), 100);
    assert_eq!(Log::select().filter(Log::size.eq(7)).count(&db).await.expect("counts"), 100);
    assert_eq!(Log::delete_where(Log::line.eq("copied")).exec(&db).await.expect("deletes"), 6_000);
    let children = Log::SERVICE_ID_FKEY.children_of(&[Service { id: 2, name: "s2".to_owned() }]).fetch(&db).await;
    assert_eq!(children.expect("loads").rows().len(), 150);
}

#[tokio::test]
async fn pages_need_an_order_in_which_no_rows_tie() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    Log::insert_many((0..5).map(|at| Log::insert().line(format!("{at}")))).exec(&db).await.expect("inserts");
    let refused = Log::select().order_by(Log::line.asc()).page(2).fetch(&db).await.expect_err("rows could tie");
    assert!(matches!(refused, schemata::Error::Cursor(_)), "{refused:?}");
    let page = Log::select().order_by(Log::line.asc()).page(2).unique_order();
    let first = page.fetch(&db).await.expect("reads");
    let rest = Log::select().order_by(Log::line.asc()).page(9).unique_order().after_opt(first.next);
    let lines: Vec<String> = rest.fetch(&db).await.expect("reads").rows.into_iter().map(|row| row.line).collect();
    assert_eq!(lines, ["2", "3", "4"]);
}

#[tokio::test]
async fn a_keyless_table_is_compared_and_generated() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let report = migrator().check(database.url(), &MODELS).await.expect("checks");
    assert!(report.is_clean(), "{report:?}");
    let client = connect(database.url()).await;
    client.batch_execute("ALTER TABLE logs ADD PRIMARY KEY (line)").await.expect("a key");
    let report = migrator().check(database.url(), &MODELS).await.expect("checks");
    let said: Vec<String> = report.database.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["constraint logs_pkey on logs, PRIMARY KEY (line): the database has it, the migrations do not"]);

    let empty = Migrator::new(shop::set(&[]));
    let draft = empty.draft(database.url(), &MODELS, "logs").await.expect("drafts").expect("a difference");
    assert_eq!((draft.left, draft.undecided), (vec![], vec![]), "{}", draft.source);
    let frozen = r#"
    #[derive(TableModel)]
    #[table(name = "logs", keyless, index(service_id, size desc))]
    pub(super) struct Log {
"#;
    assert!(draft.source.contains(frozen), "{}", draft.source);
    assert!(draft.source.contains("m.bootstrap(tables![frozen::Service, frozen::Log]).await"), "{}", draft.source);
}

#[tokio::test]
async fn inspect_writes_them_by_choice() {
    const SQL: &str = "
        CREATE TABLE logs (at timestamptz NOT NULL DEFAULT now(), line text NOT NULL, level int2);
        CREATE INDEX logs_at ON logs USING brin (at);
        CREATE TABLE odd (what pg_node_tree);";
    let database = fresh_database().await;
    connect(database.url()).await.batch_execute(SQL).await.expect("tables");
    let empty = || Migrator::new(shop::set(&[]));
    let found = empty().inspect(database.url(), &[]).await.expect("reads");
    assert_eq!((found.items.len(), found.unmanaged), (0, vec!["logs".to_owned(), "odd".to_owned()]));
    let found = empty().keyless_models().inspect(database.url(), &[]).await.expect("reads");
    assert_eq!(found.unmanaged, ["odd"]);
    let model = r#"
/// A row of `logs`.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "logs", keyless, index(at, using = "brin", name = "logs_at"))]
pub struct Log {
    #[column(default_sql = "now()")]
    pub at: DateTime<Utc>,
    pub line: String,
    pub level: Option<i16>,
}
"#;
    assert!(found.source().contains(model), "{}", found.source());
}

const MAIN: &str = "schemata::sql_migrations!(\"migrations\");\n\nmod models;\n\nuse std::process::ExitCode;\n
fn main() -> ExitCode {
    schemata::cli::App::new(\"kept\").tables(schemata::tables![models::Log]).main()
}
";

#[tokio::test]
async fn adopt_takes_the_choice() {
    let database = fresh_database().await;
    connect(database.url()).await.batch_execute("CREATE TABLE logs (line text NOT NULL)").await.expect("a table");
    let project = Project::create("keyless");
    project.write(
        "src/main.rs",
        "fn main() -> std::process::ExitCode {\n    schemata::cli::App::new(\"kept\").main()\n}\n",
    );
    let output = project.run(database.url(), &["adopt", "--keyless"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains(".tables(tables![Log])\n"), "{text}");
    project.write("src/main.rs", MAIN);
    let output = project.run(database.url(), &["check"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
