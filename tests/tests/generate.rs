//! `generate`: what is written for which change of a model, and that nothing is written where nothing changed.

use schemata::generate::Draft;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::schema::Table;
use schemata_tests::fresh_database;
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
    println!("{}", draft.source);
    println!("{:#?}", draft.left);
}
