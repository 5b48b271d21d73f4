//! The code of `docs/guide/running.md`, compiled and run.

use std::time::Duration;

use schemata::model::{ConstraintSet, Write};
use schemata::prelude::*;
use schemata::{Error, ErrorKind, FromRow, Isolation, Pooler, RawSql, RowReader};
use schemata_tests::runtime::shop_db;

/// A customer, as far as this page needs one.
#[derive(Debug, Clone, PartialEq, TableModel, Constraints)]
#[table(name = "customers")]
pub struct Customer {
    /// The key.
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: uuid::Uuid,
    /// How to reach them.
    #[column(sql_type = "varchar(255)", unique)]
    pub email: String,
    /// How to address them.
    #[column(sql_type = "varchar(200)")]
    pub full_name: String,
}

async fn add(on: &(impl Executor + ?Sized), email: &str) -> schemata::Result<Customer> {
    Customer::insert().email(email).full_name("Ada").exec(on).await
}

#[tokio::test]
async fn connections() -> schemata::Result<()> {
    let (database, _db) = shop_db().await;
    let url = database.url();

    let db = Db::builder(url)
        .max_connections(32)
        .acquire_timeout(Duration::from_secs(5))
        .statement_timeout(Duration::from_secs(10))
        .lock_timeout(Duration::from_secs(2))
        .application_name("shop")
        .connect()
        .await?;
    let settings = "SELECT current_setting('application_name'), current_setting('statement_timeout'),
                           current_setting('lock_timeout')";
    let told = db.query_as::<(String, String, String)>(settings, &[]).await?;
    assert_eq!(told, [("shop".to_owned(), "10s".to_owned(), "2s".to_owned())]);
    let db = Db::builder(url).pooler(Pooler::Transaction).connect().await?;
    let named = "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''";
    assert_eq!(db.query_as::<(i64,)>(named, &[]).await?, [(0,)], "nothing is left on the server's connection");
    Ok(())
}

#[tokio::test]
async fn transactions() -> schemata::Result<()> {
    let (database, db) = shop_db().await;

    db.transaction(|tx| async move {
        let ada = add(&tx, "ada@example.com").await?;
        let taken = tx.transaction(|tx| async move { add(&tx, "ada@example.com").await }).await;
        assert!(taken.is_err()); // undone to where the nested transaction began; `tx` goes on
        tx.on_commit(move || println!("welcome, {}", ada.full_name))?;
        Ok::<(), Error>(())
    })
    .await?;

    let total = db
        .transaction_builder()
        .isolation(Isolation::Serializable)
        .run_with_retry(3, |tx| async move {
            let customers = Customer::select().count(&tx).await?;
            add(&tx, &format!("{customers}@example.com")).await?;
            Ok::<_, Error>(customers + 1)
        })
        .await?;
    assert_eq!(total, 2);

    let mut client = schemata_tests::catalog::connect(database.url()).await;
    let transaction = client.transaction().await.expect("begins");
    add(&transaction, "bob@example.com").await?;
    transaction.rollback().await.expect("rolls back");
    Ok(())
}

fn message(error: &Error) -> &'static str {
    match CustomerConstraint::violated(error) {
        Some(CustomerConstraint::EmailKey) => "this address is taken",
        Some(CustomerConstraint::PrimaryKey) => "this customer exists",
        None => match error.kind() {
            ErrorKind::Invalid | ErrorKind::TooLong => "please be brief",
            ErrorKind::Timeout | ErrorKind::Connection => "please try again later",
            _ => "something went wrong",
        },
    }
}

#[tokio::test]
async fn errors() -> schemata::Result<()> {
    let (_database, db) = shop_db().await;
    add(&db, "ada@example.com").await?;
    let error = add(&db, "ada@example.com").await.expect_err("taken");
    assert_eq!(message(&error), "this address is taken");
    let error = Customer::insert().email("x").full_name("x".repeat(300)).exec(&db).await.expect_err("too long");
    assert_eq!(message(&error), "please be brief");
    Ok(())
}

/// A domain, and who is there.
#[derive(Debug, PartialEq)]
struct Domain {
    name: String,
    customers: i64,
}

impl FromRow for Domain {
    fn from_row(row: &mut RowReader<'_>) -> schemata::Result<Self> {
        Ok(Self { name: row.take()?, customers: row.take()? })
    }
}

#[tokio::test]
async fn raw_sql() -> schemata::Result<()> {
    let (_database, db) = shop_db().await;
    add(&db, "ada@example.com").await?;

    let domains = db
        .query_as::<Domain>(
            "SELECT split_part(email, '@', 2), count(*) FROM public.customers WHERE email LIKE $1 GROUP BY 1",
            &[&"%@example.com"],
        )
        .await?;
    assert_eq!(domains, [Domain { name: "example.com".to_owned(), customers: 1 }]);

    let (oldest,) = db.query_as::<(String,)>("SELECT min(email) FROM public.customers", &[]).fetch_one().await?;
    assert_eq!(oldest, "ada@example.com");

    let tenant = db.in_schema("public")?;
    let sql = RawSql::trusted(format!("UPDATE {}.customers SET full_name = $1", tenant.schema()));
    assert_eq!(tenant.execute_sql(sql, &[&"Ada Lovelace"]).await?, 1);
    Ok(())
}
