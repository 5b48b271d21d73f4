//! What `generate` writes for existing tables: forms that do not block a large table, in as few transactions as
//! possible.

use schemata::generate::Draft;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::schema::Table;
use schemata_tests::{fresh_database, shop};

async fn draft(entries: &[MigrationEntry], models: &[&'static Table], name: &str) -> Draft {
    let database = fresh_database().await;
    let draft = Migrator::new(shop::set(entries)).draft(database.url(), models, name).await.expect("drafts");
    let draft = draft.expect("a difference");
    assert_eq!(draft.left, [], "{}", draft.source);
    draft
}

/// Returns the body of the function.
fn body(draft: &Draft) -> &str {
    draft.source.split_once("MigrationResult {\n").expect("a function").1
}

#[allow(dead_code)]
mod before {
    use schemata::prelude::*;

    #[derive(PgEnum, Debug)]
    #[column(name = "mood")]
    pub enum Mood {
        Sad,
        Happy,
    }

    #[derive(TableModel)]
    #[table(name = "customers")]
    pub struct Customer {
        #[column(primary_key)]
        pub id: i32,
        pub email: Option<String>,
    }

    #[derive(TableModel)]
    #[table(name = "orders", unique(number, name = "one_number"), index(total, name = "by_total"))]
    pub struct Order {
        #[column(primary_key)]
        pub id: i32,
        pub number: i32,
        pub customer_id: Option<i32>,
        pub total: Option<i64>,
        pub mood: Mood,
    }
}

async fn start(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![before::Customer, before::Order]).await
}

fn first() -> MigrationEntry {
    shop::entry("0001_start", |m| Box::pin(start(m)))
}

#[allow(dead_code)]
mod indexed {
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(
        name = "orders",
        unique(number, name = "one_number"),
        index(total, name = "by_total"),
        index(customer_id, unique)
    )]
    pub struct Order {
        #[column(primary_key)]
        pub id: i32,
        pub number: i32,
        #[column(references = super::before::Customer::id)]
        pub customer_id: Option<i32>,
        pub total: Option<i64>,
        pub mood: super::before::Mood,
        pub note: Option<String>,
    }
}

#[tokio::test]
async fn an_index_and_a_foreign_key_take_two_transactions_and_a_build() {
    let draft = draft(&[first()], &tables![before::Customer, indexed::Order], "x").await;
    assert_eq!(draft.undecided, Vec::<String>::new());
    assert_eq!(
        body(&draft),
        r#"    m.alter_table("orders")
        .add_column("note", "text")
        .add_constraint("orders_customer_id_fkey", "FOREIGN KEY (customer_id) REFERENCES customers(id) NOT VALID")
        .await?;
    m.create_index("orders_customer_id_idx", "orders (customer_id)")
        .unique()
        .concurrently()
        .await?;
    m.alter_table("orders")
        .validate_constraint("orders_customer_id_fkey")
        .await
}
"#
    );
}

#[allow(dead_code)]
mod changed {
    use schemata::prelude::*;

    #[derive(PgEnum, Debug)]
    #[column(name = "mood")]
    pub enum Mood {
        Sad,
        Calm,
        Happy,
    }

    #[derive(TableModel)]
    #[table(name = "customers", unique(email))]
    pub struct Customer {
        #[column(primary_key)]
        pub id: i32,
        pub email: Option<String>,
    }

    #[derive(TableModel)]
    #[table(
        name = "orders",
        unique(number, customer_id, name = "one_number"),
        index(total desc, name = "by_total"),
        check("positive", "total > 0")
    )]
    pub struct Order {
        #[column(primary_key)]
        pub id: i32,
        pub number: i32,
        pub customer_id: Option<i32>,
        #[column(default = 0)]
        pub total: i64,
        #[column(default = "calm")]
        pub mood: Mood,
    }
}

#[tokio::test]
async fn everything_that_would_keep_others_away_is_written_in_its_safe_form() {
    let draft = draft(&[first()], &tables![changed::Customer, changed::Order], "x").await;
    assert_eq!(draft.undecided, ["orders.total becomes NOT NULL: decide which value replaces NULL"]);
    assert_eq!(
        body(&draft),
        r#"    m.add_enum_value("mood", "calm").after("sad").await?;
    m.alter_table("orders")
        .set_default("total", "0")
        .set_default("mood", "'calm'")
        .await?;

    // Decide: uncomment the step, or change it, and remove the line that stops; or remove all of it.
    m.undecided("orders.total becomes NOT NULL: decide which value replaces NULL")?;
    // m.backfill("orders")
    //     .set("total = 0")
    //     .filter("total IS NULL")
    //     .await?;
    // m.alter_table("orders")
    //     .add_constraint("orders_total_is_set", "CHECK (total IS NOT NULL) NOT VALID")
    //     .await?;
    // m.commit().await?;
    // m.alter_table("orders")
    //     .validate_constraint("orders_total_is_set")
    //     .set_not_null("total")
    //     .drop_constraint("orders_total_is_set")
    //     .await?;

    m.create_index("customers_email_key", "customers (email)")
        .unique()
        .concurrently()
        .await?;
    m.create_index("one_number_new", "orders (number, customer_id)")
        .unique()
        .concurrently()
        .await?;
    m.alter_table("customers")
        .add_constraint("customers_email_key", "UNIQUE USING INDEX customers_email_key")
        .await?;
    m.alter_table("orders")
        .drop_constraint("one_number")
        .add_constraint("one_number", "UNIQUE USING INDEX one_number_new")
        .add_constraint("positive", "CHECK (total > 0) NOT VALID")
        .await?;
    m.create_index("by_total_new", "orders (total DESC)")
        .concurrently()
        .await?;
    m.alter_table("orders")
        .validate_constraint("positive")
        .await?;
    m.execute("DROP INDEX by_total").await?;
    m.execute("ALTER INDEX by_total_new RENAME TO by_total")
        .await?;
    Ok(())
}
"#
    );
}

#[tokio::test]
async fn new_tables_are_made_in_one_go() {
    let draft = draft(&[first()], &tables![before::Customer, before::Order, fresh::Note], "x").await;
    for word in ["commit", "concurrently", "NOT VALID"] {
        assert!(!draft.source.contains(word), "{}", draft.source);
    }
}

#[allow(dead_code)]
mod fresh {
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(name = "notes", index(order_id))]
    pub struct Note {
        #[column(primary_key)]
        pub id: i32,
        #[column(references = super::before::Order::id)]
        pub order_id: i32,
        #[column(unique)]
        pub number: i32,
    }
}

#[allow(dead_code)]
mod checked {
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(
        name = "orders",
        unique(number, name = "one_number"),
        index(total, name = "by_total"),
        check("small", "total < 9")
    )]
    pub struct Order {
        #[column(primary_key)]
        pub id: i32,
        pub number: i32,
        pub customer_id: Option<i32>,
        pub total: Option<i64>,
        pub mood: super::before::Mood,
    }
}

async fn by_hand(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("orders").add_constraint("small", "CHECK (total < 9) NOT VALID").await
}

async fn other(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("orders").add_constraint("small", "CHECK (total < 8)").await
}

async fn under_another_name(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("orders").add_constraint("tiny", "CHECK (total < 9) NOT VALID").await
}

#[tokio::test]
async fn a_constraint_is_renamed_and_validated_rather_than_replaced() {
    let second = shop::entry("0002_under_another_name", |m| Box::pin(under_another_name(m)));
    let draft = draft(&[first(), second], &tables![before::Customer, checked::Order], "x").await;
    assert_eq!(
        body(&draft),
        r#"    m.execute("ALTER TABLE orders RENAME CONSTRAINT tiny TO small")
        .await?;
    m.commit().await?;
    m.alter_table("orders").validate_constraint("small").await
}
"#
    );
}

#[tokio::test]
async fn only_what_is_validated_takes_a_commit_of_its_own() {
    let check = draft(&[first()], &tables![before::Customer, checked::Order], "x").await;
    assert_eq!(
        body(&check),
        r#"    m.alter_table("orders")
        .add_constraint("small", "CHECK (total < 9) NOT VALID")
        .await?;
    m.commit().await?;
    m.alter_table("orders").validate_constraint("small").await
}
"#
    );
    // A constraint that was left unvalidated by hand is validated, and nothing has to be committed before.
    let second = shop::entry("0002_by_hand", |m| Box::pin(by_hand(m)));
    let validated = draft(&[first(), second], &tables![before::Customer, checked::Order], "x").await;
    assert_eq!(body(&validated), "    m.alter_table(\"orders\").validate_constraint(\"small\").await\n}\n");
    // Another check takes its place without a moment in between.
    let second = shop::entry("0002_other", |m| Box::pin(other(m)));
    let replaced = draft(&[first(), second], &tables![before::Customer, checked::Order], "x").await;
    let begin = "    m.alter_table(\"orders\")\n        .drop_constraint(\"small\")\n        .add_constraint(\"small\", \"CHECK (total < 9) NOT VALID\")\n";
    assert!(body(&replaced).starts_with(begin), "{}", replaced.source);
}

#[allow(dead_code)]
mod keyed {
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(name = "stock")]
    pub struct ByLot {
        #[column(primary_key)]
        pub item: i32,
        #[column(primary_key)]
        pub lot: i32,
    }

    #[derive(TableModel)]
    #[table(name = "stock")]
    pub struct Stock {
        #[column(primary_key)]
        pub item: i32,
        pub lot: Option<i32>,
    }
}

async fn stock(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![keyed::ByLot]).await
}

#[tokio::test]
async fn a_column_leaves_the_key_before_it_may_be_null() {
    let draft = draft(&[shop::entry("0001_stock", |m| Box::pin(stock(m)))], &tables![keyed::Stock], "x").await;
    assert_eq!(draft.undecided, Vec::<String>::new());
    assert_eq!(
        body(&draft),
        r#"    m.create_index("stock_pkey_new", "stock (item)")
        .unique()
        .concurrently()
        .await?;
    m.alter_table("stock")
        .drop_constraint("stock_pkey")
        .add_constraint("stock_pkey", "PRIMARY KEY USING INDEX stock_pkey_new")
        .drop_not_null("lot")
        .await
}
"#
    );
}
