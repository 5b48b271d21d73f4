//! `serial` columns and primary keys with a name: what legacy tables have, and models say.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata_tests::catalog::connect;
use schemata_tests::project::{Project, decided};
use schemata_tests::{fresh_database, shop};

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "tickets", primary_key(name = "pk_tickets"))]
struct Ticket {
    #[column(primary_key, serial)]
    id: i32,
    #[column(serial)]
    place: i16,
    #[column(serial)]
    number: i64,
    title: String,
}

async fn start(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Ticket]).await
}

fn migrator() -> Migrator {
    Migrator::new(shop::set(&[shop::entry("0001_start", |m| Box::pin(start(m)))]))
}

#[tokio::test]
async fn a_serial_column_numbers_the_rows_and_may_be_set() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    let first = Ticket::insert().title("a").exec(&db).await.expect("inserts");
    assert_eq!((first.id, first.place, first.number), (1, 1, 1));
    let set = Ticket::insert().title("b").number(70).exec(&db).await.expect("inserts");
    assert_eq!((set.id, set.number), (2, 70));
    let moved = Ticket::update(2).number(71).exec(&db).await.expect("updates").expect("is there");
    assert_eq!(moved.number, 71);
    let rows = (0..40).map(|at| Ticket::insert().title(format!("{at:02}")));
    let many = Ticket::insert_many(rows).returning((Ticket::id, Ticket::title)).exec(&db).await.expect("inserts");
    assert!(many.iter().enumerate().all(|(at, (_, title))| *title == format!("{at:02}")));

    let twice = Ticket::insert().id(1).title("c").exec(&db).await.expect_err("there already");
    assert_eq!(twice.constraint(), Some("pk_tickets"), "{twice}");
}

#[tokio::test]
async fn models_migrations_and_database_agree_whatever_the_sequence_is_called() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    client.batch_execute("ALTER SEQUENCE tickets_id_seq RENAME TO \"The ''Numbers\"").await.expect("renames");
    let report = migrator().check(database.url(), &tables![Ticket]).await.expect("checks");
    assert!(report.is_clean(), "{report:#?}");
    for (change, said) in [
        ("ALTER COLUMN number SET DEFAULT 5", "tickets.number: the migrations say serial, the database default 5"),
        ("ALTER COLUMN number DROP DEFAULT", "tickets.number: the migrations say serial, the database no default"),
        (
            "ALTER COLUMN number SET DEFAULT 1 + nextval('tickets_number_seq')",
            "tickets.number: the migrations say serial, the database default (1 + nextval('tickets_number_seq'::regclass))",
        ),
    ] {
        client.batch_execute(&format!("ALTER TABLE tickets {change}")).await.expect("alters");
        let report = migrator().check(database.url(), &tables![Ticket]).await.expect("checks");
        assert_eq!(report.database.iter().map(ToString::to_string).collect::<Vec<_>>(), [said]);
    }
    let options = "ALTER TABLE tickets ALTER COLUMN number SET DEFAULT nextval('tickets_number_seq'); \
                   ALTER SEQUENCE tickets_number_seq AS integer INCREMENT BY 10";
    client.batch_execute(options).await.expect("alters");
    let report = migrator().check(database.url(), &tables![Ticket]).await.expect("checks");
    assert_eq!(
        report.database[0].to_string(),
        "tickets.number: the migrations say serial, the database serial (INCREMENT BY 10 AS integer)"
    );
}

#[allow(dead_code)]
mod after {
    use schemata::prelude::*;

    /// A wider key, a column with another kind of numbering, one that loses its numbering, and one that gains one.
    #[derive(TableModel)]
    #[table(name = "tickets", primary_key(name = "tickets_key"))]
    pub struct Ticket {
        #[column(primary_key, serial)]
        pub id: i64,
        pub place: i16,
        #[column(identity)]
        pub number: i64,
        pub title: String,
        #[column(serial)]
        pub new: i32,
    }

    #[derive(TableModel)]
    #[table(name = "tickets")]
    pub struct Back {
        #[column(primary_key)]
        pub id: i64,
        #[column(serial)]
        pub place: i16,
        #[column(serial)]
        pub number: i64,
        pub title: String,
        #[column(default = 7)]
        pub new: i32,
    }
}

#[tokio::test]
async fn columns_become_serial_and_cease_to_be() {
    let database = fresh_database().await;
    let models = tables![after::Ticket];
    let draft = migrator().draft(database.url(), &models, "next").await.expect("drafts").expect("a difference");
    let source = draft.source;
    assert_eq!(draft.left, [], "{source}");
    for line in [
        "DROP SEQUENCE tickets_place_seq",
        "DROP SEQUENCE tickets_number_seq",
        "ALTER SEQUENCE tickets_id_seq AS bigint",
        "ALTER TABLE tickets ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY",
        ".add_column(\"new\", \"serial NOT NULL\")",
        "ALTER TABLE tickets RENAME CONSTRAINT pk_tickets TO tickets_key",
    ] {
        assert!(source.contains(line), "missing: {line}\nin: {source}");
    }
}

async fn second(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![after::Ticket]).await
}

#[tokio::test]
async fn an_identity_and_a_plain_number_become_serial() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::entry("0001_second", |m| Box::pin(second(m)))]));
    let draft = migrator.draft(database.url(), &tables![after::Back], "back").await.expect("drafts").expect("apart");
    // A default and its sequence are dropped only after a decision.
    let undecided: Vec<&str> = draft.undecided.iter().map(|what| &what[..what.find(':').expect("says why")]).collect();
    assert_eq!(undecided, ["tickets.id is no longer serial", "tickets.new is no longer serial"], "{}", draft.source);
    assert_eq!(draft.left.len(), 0, "{}", draft.source);
    let project = Project::create("serial");
    project.write("src/m0002_back.rs", &decided(&draft.source));
    project.write(
        "src/main.rs",
        "//! Applies it.\n\nschemata::migrations!();\n\nuse std::process::ExitCode;\n\nuse schemata::cli::App;\n\n\
         fn main() -> ExitCode {\n    App::new(\"serial\").main()\n}\n",
    );
    migrator.run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    client
        .batch_execute("INSERT INTO tickets (place, title) VALUES (8, 'a'), (9, 'b'); DROP TABLE schemata_migrations")
        .await
        .expect("rows");
    let (text, code) = project.says(database.url(), &["migrate"]);
    assert_eq!(code, Some(0), "{text}");
    client.batch_execute("INSERT INTO tickets (id, title) VALUES (5, 'c')").await.expect("a row");
    let row = client.query_one("SELECT place, number, new FROM tickets WHERE id = 5", &[]).await.expect("one row");
    assert_eq!((row.get::<_, i16>(0), row.get::<_, i64>(1), row.get::<_, i32>(2)), (10, 3, 7));
}
