//! Domains and composite types with their DDL: created with the tables, compared by `check`, changed by `generate`.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::Write;
use schemata::prelude::*;
use schemata::schema::Table;
use schemata::{PgComposite, PgDomain};
use schemata_tests::catalog::connect;
use schemata_tests::written_migrations::WrittenMigrations;
use schemata_tests::{fresh_database, shop};

#[derive(Debug, Clone, PartialEq, PgDomain)]
#[column(sql_type = "varchar(40)", check("email_has_at", "VALUE LIKE '%@%'"))]
struct Email(String);

#[derive(Debug, Clone, PartialEq, PgComposite)]
struct Contact {
    email: Email,
    phone: Option<String>,
}

#[derive(Debug, Clone, PartialEq, PgDomain)]
struct Grades(Vec<i32>);

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "people")]
struct Person {
    #[column(primary_key)]
    id: i32,
    contact: Option<Contact>,
    email: Email,
    grades: Option<Grades>,
}

const MODELS: [&Table; 1] = tables![Person];

async fn as_declared(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Person]).await
}

fn declared() -> Migrator {
    Migrator::new(shop::set(&[shop::entry("0001", |m| Box::pin(as_declared(m)))]))
}

#[tokio::test]
async fn they_are_created_with_the_tables_and_compared() {
    let database = fresh_database().await;
    declared().run(database.url()).await.expect("applies");
    let report = declared().check(database.url(), &MODELS).await.expect("checks");
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.others, Vec::<String>::new(), "what is compared is not listed as ignored");

    let client = connect(database.url()).await;
    let changes = "ALTER DOMAIN email DROP CONSTRAINT email_has_at;
        ALTER DOMAIN grades ADD CONSTRAINT few CHECK (cardinality(VALUE) < 9);
        ALTER TYPE contact ADD ATTRIBUTE fax text;
        CREATE DOMAIN unknown AS int4;
        ALTER DOMAIN email SET DEFAULT 'a@b';
        ALTER DOMAIN grades SET NOT NULL";
    client.batch_execute(changes).await.expect("changes");
    let report = declared().check(database.url(), &MODELS).await.expect("checks");
    let said: Vec<String> = report.database.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "composite type contact: attribute fax: the database has it, the migrations do not",
            "domain email: the migrations say no default, the database default 'a@b'::character varying",
            "domain email: constraint email_has_at: the migrations have it, the database does not",
            "domain grades: the migrations say nullable, the database NOT NULL",
            "domain grades: constraint few: the database has it, the migrations do not",
        ]
    );
    assert_eq!(report.others, ["domain unknown"]);

    let again = "ALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%') NOT VALID";
    client.batch_execute(again).await.expect("changes");
    let report = declared().check(database.url(), &MODELS).await.expect("checks");
    let said: Vec<String> = report.database.iter().map(ToString::to_string).collect();
    let not_valid = |line: &&String| line.contains("constraint email_has_at: ") && line.ends_with(" NOT VALID");
    assert_eq!(said.iter().filter(not_valid).count(), 1, "{said:?}");
}

async fn drafted(first: schemata::migrate::MigrationEntry) -> schemata::generate::Draft {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[first]));
    migrator.draft(database.url(), &MODELS, "x").await.expect("drafts").expect("a difference")
}

#[tokio::test]
async fn new_ones_are_created_before_their_tables() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[]));
    let draft = migrator.draft(database.url(), &MODELS, "x").await.expect("drafts").expect("a difference");
    assert_eq!((draft.left, draft.undecided), (vec![], vec![]), "{}", draft.source);
    let frozen = r#"
    #[derive(TableModel)]
    #[table(name = "people")]
    pub(super) struct Person {
        #[column(primary_key)]
        id: i32,
        contact: Option<Contact>,
        email: Email,
        grades: Option<Grades>,
    }

    #[derive(Debug, Clone, PgDomain)]
    #[column(
        name = "email",
        sql_type = "varchar(40)",
        check("email_has_at", "(VALUE)::text ~~ '%@%'::text")
    )]
    pub(super) struct Email(pub(super) String);

    #[derive(Debug, Clone, PgDomain)]
    #[column(name = "grades")]
    pub(super) struct Grades(pub(super) Vec<i32>);

    #[derive(Debug, Clone, PgComposite)]
    #[column(name = "contact")]
    pub(super) struct Contact {
        pub(super) email: Option<Email>,
        pub(super) phone: Option<String>,
    }
}
"#;
    assert!(draft.source.contains(frozen), "{}", draft.source);
    assert!(draft.source.contains("m.bootstrap(tables![frozen::Person]).await"), "{}", draft.source);

    let database = fresh_database().await;
    let mut migrations = WrittenMigrations::create("created_types");
    migrations.add("0001_x", &draft.source, database.url());
    migrations.apply();
    let client = connect(database.url()).await;
    let sql = "INSERT INTO people (id, email, contact, grades) VALUES (1, 'a@b', ('a@b', NULL), '{1}')";
    client.batch_execute(sql).await.expect("a row");
    let error = client.batch_execute("INSERT INTO people (id, email) VALUES (2, 'none')").await.expect_err("no at");
    assert_eq!(error.as_db_error().and_then(|error| error.constraint()), Some("email_has_at"));
}

#[tokio::test]
async fn types_that_other_tables_use_too_are_created_before_all() {
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "letters")]
    struct Letter {
        #[column(primary_key)]
        id: i32,
        sender: Option<Email>,
    }
    async fn before(m: &mut Migration<'_>) -> MigrationResult {
        m.execute("CREATE TABLE letters (id int4 PRIMARY KEY)").await?;
        Ok(())
    }
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::entry("0001", |m| Box::pin(before(m)))]));
    let models = tables![Letter, Person];
    let draft = migrator.draft(database.url(), &models, "x").await.expect("drafts").expect("a difference");
    assert_eq!((draft.left, draft.undecided), (vec![], vec![]), "{}", draft.source);
    let places = ["CREATE DOMAIN email AS", "add_column(\"sender\", \"email\")", "bootstrap(tables![frozen::Person])"]
        .map(|line| draft.source.find(line).unwrap_or_else(|| panic!("no {line} in {}", draft.source)));
    assert!(places.is_sorted(), "{}", draft.source);
}

#[tokio::test]
async fn a_changed_check_of_a_domain_is_one_step_and_a_dropped_one_waits_for_a_decision() {
    async fn before(m: &mut Migration<'_>) -> MigrationResult {
        m.execute(
            "CREATE DOMAIN email AS varchar(40) CONSTRAINT email_has_at CHECK (VALUE <> '') CONSTRAINT b CHECK (VALUE <> 'b')",
        )
        .await?;
        m.execute("CREATE DOMAIN grades AS int4[] CONSTRAINT c CHECK (cardinality(VALUE) < 9)").await?;
        m.execute("CREATE TABLE pupils (id int4 PRIMARY KEY, email email NOT NULL)").await?;
        Ok(())
    }
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "pupils")]
    struct Pupil {
        #[column(primary_key)]
        id: i32,
        email: Email,
        grades: Option<Grades>,
    }
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::entry("0001", |m| Box::pin(before(m)))]));
    let draft = migrator.draft(database.url(), &tables![Pupil], "x").await.expect("drafts").expect("a difference");
    assert_eq!(draft.left, vec![], "{}", draft.source);
    assert_eq!(
        draft.undecided,
        [
            "constraint b of domain email is dropped: CHECK (((VALUE)::text <> 'b'::text))",
            "constraint c of domain grades is dropped: CHECK ((cardinality(VALUE) < 9))",
        ]
    );
    for line in [
        "ALTER DOMAIN email DROP CONSTRAINT b\"",
        "ALTER DOMAIN email DROP CONSTRAINT email_has_at;\nALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (",
        "ALTER DOMAIN grades DROP CONSTRAINT c\"",
        "add_column(\"grades\", \"grades\")",
    ] {
        assert!(draft.source.contains(line), "no {line} in {}", draft.source);
    }
}

#[tokio::test]
async fn changes_are_written_or_left_to_a_person() {
    async fn before(m: &mut Migration<'_>) -> MigrationResult {
        m.execute("CREATE DOMAIN email AS varchar(40) CONSTRAINT old CHECK (VALUE <> '')").await?;
        m.execute("CREATE TYPE contact AS (email email, fax text)").await?;
        m.execute("CREATE DOMAIN grades AS bigint[]").await?;
        m.execute("CREATE TABLE people (id int4 PRIMARY KEY, contact contact, email email NOT NULL, grades grades)")
            .await?;
        Ok(())
    }
    let draft = drafted(shop::entry("0001", |m| Box::pin(before(m)))).await;
    for line in [
        "ALTER DOMAIN email DROP CONSTRAINT old",
        "ALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (",
        "ALTER TYPE contact ADD ATTRIBUTE phone text",
        "ALTER TYPE contact DROP ATTRIBUTE fax",
        "attribute fax of composite type contact is dropped, with its values in every row",
        "domain grades is over bigint[], and the model says integer[]",
    ] {
        assert!(draft.source.contains(line), "no {line} in {}", draft.source);
    }
}

#[tokio::test]
async fn a_value_that_a_domain_refuses_is_refused_on_every_road() {
    let database = fresh_database().await;
    declared().run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    let row = |id, email: &str| {
        let contact = Contact { email: Email("a@b".to_owned()), phone: None };
        Person::insert().id(id).email(Email(email.to_owned())).contact(contact)
    };
    let one = row(1, "none").exec(&db).await.expect_err("no at");
    let many = Person::insert_many((0..9).map(|id| row(id, "none"))).exec(&db).await.expect_err("no at");
    let copied = Person::insert_many((0..6_000).map(|id| row(id, "none"))).exec(&db).await.expect_err("no at");
    for error in [one, many, copied] {
        assert_eq!(error.sqlstate(), Some("23514"), "{error:?}");
    }
    // A comparison is with the base type, so no value is refused there.
    assert_eq!(
        Person::select().filter(Person::email.eq(Email("none".to_owned()))).count(&db).await.expect("counts"),
        0
    );
}

#[tokio::test]
async fn a_composite_value_is_null_only_if_it_is() {
    #[derive(Debug, Clone, PartialEq, PgComposite)]
    struct Size {
        width: Option<i32>,
        height: Option<i32>,
    }

    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "boxes")]
    struct Carton {
        #[column(primary_key)]
        id: i32,
        size: Option<Size>,
    }

    async fn make(m: &mut Migration<'_>) -> MigrationResult {
        m.bootstrap(tables![Carton]).await
    }

    let database = fresh_database().await;
    let entry = shop::entry("0001", |m| Box::pin(make(m)));
    Migrator::new(shop::set(&[entry])).run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    let sizes = [None, Some((None, None)), Some((Some(1), None)), Some((Some(1), Some(2)))];
    for (id, size) in (0..).zip(sizes) {
        let size = size.map(|(width, height)| Size { width, height });
        Carton::insert().id(id).size(size).exec(&db).await.expect("inserts");
    }
    let ids = async |condition| {
        let found = Carton::select().filter(condition).order_by(Carton::id.asc()).columns(Carton::id);
        found.fetch(&db).await.expect("reads")
    };
    assert_eq!(ids(Carton::size.is_null()).await, [0]);
    assert_eq!(ids(Carton::size.is_not_null()).await, [1, 2, 3]);
    assert_eq!(ids(Carton::size.is_not_distinct_from(None)).await, [0]);
    assert_eq!(
        ids(Carton::size.eq(Size { width: None, height: None })).await,
        [1],
        "PostgreSQL's records are equal so"
    );
    let key = Carton::select().order_by(Carton::size.asc().nulls_first()).page(1).fetch(&db).await.expect("reads");
    let rest = Carton::select().order_by(Carton::size.asc().nulls_first()).page(9).after_opt(key.next);
    assert_eq!(rest.fetch(&db).await.expect("reads").rows.len(), 3, "every row once");
}

#[tokio::test]
async fn a_domain_over_an_array_is_one_value() {
    let database = fresh_database().await;
    declared().run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    let row = |id: i32| {
        let grades = (id % 3 > 0).then(|| Grades((0..id % 3).collect()));
        Person::insert().id(id).email(Email("a@b".to_owned())).grades(grades)
    };
    row(0).exec(&db).await.expect("inserts one");
    row(1).exec(&db).await.expect("inserts one");
    assert_eq!(Person::insert_many((2..300).map(row)).exec(&db).await.expect("inserts many"), 298);
    assert_eq!(Person::insert_many((300..6_000).map(row)).exec(&db).await.expect("copies"), 5_700);
    let updates = (0..30).map(|id| Person::update(id).grades(Grades(vec![7])));
    assert_eq!(Person::update_many(updates).exec(&db).await.expect("updates"), 30);
    let count = async |condition| Person::select().filter(condition).count(&db).await.expect("counts");
    assert_eq!(count(Person::grades.eq(Grades(vec![7]))).await, 30);
    assert_eq!(count(Person::grades.eq(Grades(vec![0, 1]))).await, 1_990);
    assert_eq!(count(Person::grades.is_null()).await, 1_990);
    let person = Person::find(&db, 3_001).await.expect("reads").expect("a row");
    assert_eq!(person.grades, Some(Grades(vec![0])));
}
