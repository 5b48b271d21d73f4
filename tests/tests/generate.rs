//! `generate`: what is written for which change of a model, and that nothing is written where nothing changed.

use schemata::generate::Draft;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::schema::Table;
use schemata_tests::fresh_database;
use schemata_tests::process::Folder;
use schemata_tests::shop::{self, INITIAL, STATUS};
use schemata_tests::tutorial::{Customer, Order, OrderItem};

async fn draft(entries: &[MigrationEntry], models: &[&'static Table], name: &str) -> Option<Draft> {
    let database = fresh_database().await;
    Migrator::new(shop::set(entries)).draft(database.url(), models, name).await.expect("drafts")
}

#[tokio::test]
async fn two_new_columns_read_as_a_person_would_write_them() {
    let draft =
        draft(&[INITIAL], &tables![Customer, Order, OrderItem], "add_order_status").await.expect("a difference");
    assert_eq!(draft.id, "0002_add_order_status");
    assert_eq!(draft.undecided, Vec::<String>::new());
    assert_eq!(
        draft.source,
        r#"//! Add order status.

use schemata::prelude::*;

#[migration("0002_add_order_status")]
async fn add_order_status(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("orders")
        .add_column("status", "varchar(20) NOT NULL DEFAULT 'pending'")
        .add_column("shipped_at", "timestamptz")
        .await
}
"#
    );
}

#[tokio::test]
async fn where_all_agrees_there_is_nothing_to_write() {
    assert!(draft(&[INITIAL, STATUS], &tables![Customer, Order, OrderItem], "nothing").await.is_none());
}

#[allow(dead_code)]
mod before {
    use rust_decimal::Decimal;
    use schemata::prelude::*;

    #[derive(PgEnum, Debug)]
    #[column(name = "mood")]
    pub enum Mood {
        Sad,
        Ok,
        Happy,
    }

    #[derive(TableModel)]
    #[table(name = "people", check("adult", "age >= 18"), index(name), index(age, name = "by_age"))]
    pub struct Person {
        #[column(primary_key)]
        pub id: i32,
        #[column(sql_type = "varchar(20)", default = "nobody")]
        pub name: String,
        pub age: i32,
        pub notes: Option<String>,
        #[column(sql_type = "varchar(50)")]
        pub city: Option<String>,
        pub mood: Mood,
        #[column(sql_type = "numeric(10,2)")]
        pub wage: Decimal,
        #[column(generated = "age * 2")]
        pub twice: i32,
        #[column(unique)]
        pub code: String,
        pub number: i64,
    }

    #[derive(TableModel)]
    #[table(name = "gone")]
    pub struct Gone {
        #[column(primary_key)]
        pub id: i32,
        #[column(references = Person::id)]
        pub person_id: i32,
    }
}

#[allow(dead_code)]
mod after {
    use rust_decimal::Decimal;
    use schemata::prelude::*;

    #[derive(PgEnum, Debug)]
    #[column(name = "mood")]
    pub enum Mood {
        Sad,
        Ok,
        Fine,
        Happy,
    }

    #[derive(TableModel)]
    #[table(name = "people", check("adult", "age > 20"), index(name desc), index(age, name = "people_age"), comment = "who \"we\" are")]
    pub struct Person {
        #[column(primary_key)]
        pub id: i64,
        #[column(sql_type = "varchar(40)", default = "some\\one's")]
        pub name: String,
        pub age: i64,
        #[column(sql_type = "varchar(10)", comment = "a\nb")]
        pub city: String,
        pub mood: Mood,
        #[column(sql_type = "numeric(8,2)")]
        pub wage: Decimal,
        #[column(generated = "age * 3")]
        pub twice: i64,
        pub code: Option<String>,
        #[column(identity)]
        pub number: i64,
        pub must: String,
    }

    #[derive(TableModel)]
    #[table(name = "pets", index(mood))]
    pub struct Pet {
        #[column(primary_key)]
        pub id: i32,
        #[column(references = Person::id)]
        pub person_id: i64,
        pub mood: Option<Mood>,
    }
}

async fn start(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![before::Person, before::Gone]).await
}

#[tokio::test]
async fn everything_at_once() {
    let first = shop::entry("0001_start", |m| Box::pin(start(m)));
    let draft = draft(&[first], &tables![after::Person, after::Pet], "everything").await.expect("a difference");
    assert_eq!(draft.left, []);
    assert_eq!(
        draft.undecided,
        [
            "constraint people_code_key on people is dropped: UNIQUE (code) (to keep it, write `unmanaged(constraint = \"people_code_key\")` on the model)",
            "people.city changes from varchar(50) to varchar(10): its values may not fit, or may change",
            "people.wage changes from numeric(10,2) to numeric(8,2): its values may not fit, or may change",
            "people.must is NOT NULL and has no default: decide which value existing rows get",
            "people.city becomes NOT NULL: decide which value replaces NULL",
            "people.notes is dropped: its values are lost (if it is must now, write `renamed_from` on that field and generate again)",
            "table gone is dropped: its rows are lost (to keep it, name it in `App::unmanaged`)",
        ]
    );
    for line in [
        "m.execute(\"ALTER INDEX by_age RENAME TO people_age\").await?;",
        "    m.add_enum_value(\"mood\", \"fine\").after(\"ok\").await?;",
        r#".set_default("name", r"E'some\\one''s'")"#,
        "    m.undecided(\"people.notes is dropped: its values are lost (if it is must now, write `renamed_from` on that field and generate again)\")?;\n    // m.alter_table(\"people\").drop_column(\"notes\").await?;\n",
        "    // m.execute(\"UPDATE people SET must = … WHERE must IS NULL\").await?;\n    // m.alter_table(\"people\").set_not_null(\"must\").await?;\n",
        r#"m.execute("COMMENT ON COLUMN people.city IS 'a\nb'")"#,
        r##"m.execute(r#"COMMENT ON TABLE people IS 'who "we" are'"#)"##,
    ] {
        assert!(draft.source.contains(line), "missing: {line}\nin: {}", draft.source);
    }
}

#[allow(dead_code)]
mod renamed {
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(name = "persons", renamed_from = "gone", comment = "once gone")]
    pub struct Person {
        #[column(primary_key, renamed_from = "id")]
        pub number: i64,
        #[column(references = super::before::Person::id)]
        pub person_id: i32,
        pub note: Option<String>,
    }
}

#[tokio::test]
async fn a_rename_is_made_where_the_model_says_so_and_keeps_the_rest() {
    let first = shop::entry("0001_start", |m| Box::pin(start(m)));
    let draft = draft(&[first], &tables![before::Person, renamed::Person], "rename").await.expect("a difference");
    assert_eq!((draft.undecided, draft.left), (vec![], vec![]));
    let body = draft.source.split_once("{\n").expect("a body").1;
    assert_eq!(
        body,
        r#"    m.alter_table("gone").rename_to("persons").await?;
    m.alter_table("persons")
        .rename_column("id", "number")
        .await?;
    m.execute("ALTER TABLE persons RENAME CONSTRAINT gone_person_id_fkey TO persons_person_id_fkey")
        .await?;
    m.execute("ALTER TABLE persons RENAME CONSTRAINT gone_pkey TO persons_pkey")
        .await?;
    m.alter_table("persons")
        .set_type("number", "bigint")
        .add_column("note", "text")
        .await?;
    m.execute("COMMENT ON TABLE persons IS 'once gone'").await?;
    Ok(())
}
"#
    );
}

#[tokio::test]
async fn a_former_name_that_is_history_changes_nothing() {
    async fn all(m: &mut Migration<'_>) -> MigrationResult {
        m.bootstrap(tables![before::Person, renamed::Person]).await
    }
    let first = shop::entry("0001_all", |m| Box::pin(all(m)));
    assert!(draft(&[first], &tables![before::Person, renamed::Person], "again").await.is_none());
}

async fn swallows_a_decision(m: &mut Migration<'_>) -> MigrationResult {
    let _ = m.undecided("whether this is wise");
    m.execute("CREATE TABLE t (id int)").await?;
    Ok(())
}

#[tokio::test]
async fn an_undecided_migration_never_runs_even_if_half_done() {
    let database = fresh_database().await;
    let undecided = shop::entry("0003_x", |m| Box::pin(swallows_a_decision(m)));
    let migrator = Migrator::new(shop::set(&[INITIAL, STATUS, undecided]));
    let error = migrator.run(database.url()).await.expect_err("refused").to_string();
    assert!(error.starts_with("migration 0003_x is undecided: whether this is wise; decide in tests"), "{error}");
    let client = schemata_tests::catalog::connect(database.url()).await;
    let none = client.query_one("SELECT to_regclass('orders') IS NULL", &[]).await.expect("one row");
    assert!(none.get::<_, bool>(0), "nothing ran, not even what stands before it");
}

#[tokio::test]
async fn a_bad_name_and_a_file_that_is_there_are_refused() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[INITIAL]));
    let models = tables![Customer, Order, OrderItem];
    let error = migrator.draft(database.url(), &models, "../escape").await.expect_err("refused").to_string();
    assert!(error.contains("write a name like add_order_status"), "{error}");

    let folder = Folder::create("generate");
    let draft = migrator.draft(database.url(), &models, "add").await.expect("drafts").expect("a difference");
    assert!(draft.write(&folder.path().join("no/such")).is_err(), "its parent is missing, too");
    let written = draft.write(&folder.path().join("migrations")).expect("writes");
    assert!(written.created_module);
    let module = std::fs::read_to_string(folder.path().join("migrations/mod.rs")).expect("mod.rs");
    assert!(module.ends_with("schemata::migrations!();\n"));
    let error = draft.write(&folder.path().join("migrations")).expect_err("there already").to_string();
    assert!(error.contains("m0002_add.rs exists already"), "{error}");
    let error = migrator.all_linked(&folder.path().join("migrations")).expect_err("not linked").to_string();
    assert!(error.contains("m0002_add.rs is not part of this program"), "{error}");
}
