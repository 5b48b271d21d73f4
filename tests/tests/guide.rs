//! The code of the guide, compiled and run. `docs.rs` checks that the pages show what stands here.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemata::migrate::{MigrationSet, Migrator};
use schemata::prelude::*;
use schemata::types::Json;
use schemata::{Ident, Session};
use schemata_tests::shop::{self, first};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The state of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PgEnum)]
#[column(name = "subscription_state")]
pub enum State {
    Active,
    #[column(name = "on hold")]
    OnHold,
}

/// How it was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TextEnum)]
pub enum Payment {
    Card,
    BankTransfer,
}

/// How much a support request matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntEnum)]
#[column(check)]
#[repr(i16)]
pub enum Priority {
    Low = 1,
    High = 5,
}

/// A plan's id: not to be mixed up with any other number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Newtype)]
pub struct PlanId(i32);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    seats: u32,
}

/// What can be subscribed to.
#[derive(Debug, Clone, PartialEq, TableModel)]
pub struct Plan {
    #[column(primary_key)]
    pub id: PlanId,
    #[column(unique)]
    pub code: String,
    #[column(sql_type = "numeric(8,2)")]
    pub price: Decimal,
    #[column(sql_type = "text[]", default_sql = "'{}'")]
    pub features: Vec<String>,
    pub limits: Json<Limits>,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "subscriptions",
    comment = "Who pays for what",
    unique(customer, plan_id),
    index(state, starts_on desc, where = "state = 'active'"),
    index(expression = "lower(customer)"),
    check("starts_in_this_century", "starts_on >= '2000-01-01'")
)]
pub struct Subscription {
    #[column(primary_key, identity)]
    pub id: i64,
    pub customer: String,
    #[column(references = Plan::id, on_delete = restrict)]
    pub plan_id: PlanId,
    #[column(default = "active")]
    pub state: State,
    pub payment: Option<Payment>,
    #[column(immutable, default_sql = "current_date")]
    pub starts_on: NaiveDate,
    #[column(default = 1, comment = "How many may use it")]
    pub seats: i32,
    #[column(generated = "seats * 10")]
    pub quota: Option<i32>,
    pub ends_at: Option<DateTime<Utc>>,
    #[column(flatten)]
    pub audit: Audit<Option<Uuid>>,
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Plan, Subscription]).await
}

async fn subscriptions() -> (schemata::testing::TestDatabase, Db) {
    let database = schemata_tests::fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(create(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

async fn plan(db: &Db, id: i32, code: &str) -> schemata::Result<Plan> {
    let plan = Plan::insert()
        .id(PlanId(id))
        .code(code)
        .price(Decimal::new(995, 2))
        .limits(Json(Limits { seats: 5 }))
        .exec(db)
        .await?;
    Ok(plan)
}

#[tokio::test]
async fn writing() -> Result<(), Box<dyn std::error::Error>> {
    let (_database, db) = subscriptions().await;
    let basic = plan(&db, 1, "basic").await?;

    let ada = Subscription::insert().customer("Ada").plan_id(basic.id).exec(&db).await?;
    assert_eq!((ada.state, ada.seats, ada.quota), (State::Active, 1, Some(10)));

    let changed = Subscription::update(ada.id).seats(3).payment(Payment::Card).exec(&db).await?;
    assert_eq!(changed.expect("it is there").quota, Some(30));
    let cleared = Subscription::update(ada.id).payment(None).exec(&db).await?;
    assert_eq!(cleared.expect("it is there").payment, None);

    assert!(Subscription::delete(&db, ada.id).await?);
    assert!(!Subscription::delete(&db, ada.id).await?);
    Ok(())
}

#[tokio::test]
async fn reading() -> Result<(), Box<dyn std::error::Error>> {
    let (_database, db) = subscriptions().await;
    let basic = plan(&db, 1, "basic").await?;
    for customer in ["Ada", "Bob", "Cleo"] {
        Subscription::insert().customer(customer).plan_id(basic.id).exec(&db).await?;
    }

    let basic = Plan::find_by_code(&db, "basic").await?.expect("it is there");
    let bob = Subscription::find_by_customer_and_plan_id(&db, "Bob", basic.id).await?.expect("it is there");
    let same = Subscription::get(&db, bob.id).await?;
    assert_eq!(bob, same);

    let due = Subscription::select()
        .filter(Subscription::state.eq(State::Active).and(Subscription::ends_at.is_null()))
        .filter(Subscription::customer.is_in(["Ada", "Cleo"]))
        .order_by((Subscription::starts_on.desc(), Subscription::id.asc()))
        .limit(25)
        .fetch(&db)
        .await?;
    assert_eq!(due.len(), 2);
    let recent = Subscription::select().filter(!Subscription::audit.created_at.gt(Utc::now())).count(&db).await?;
    assert_eq!(recent, 3);
    Ok(())
}

#[tokio::test]
async fn transactions() -> Result<(), Box<dyn std::error::Error>> {
    let (_database, db) = subscriptions().await;

    let moved = db
        .transaction(|tx| async move {
            let plan = Plan::insert().id(PlanId(2)).code("team").price(Decimal::ONE).limits(Json(Limits { seats: 9 }));
            let plan = plan.exec(&tx).await?;
            Subscription::insert().customer("Ada").plan_id(plan.id).exec(&tx).await
        })
        .await?;
    assert_eq!(moved.plan_id, PlanId(2));

    let taken = plan(&db, 3, "team").await.expect_err("the code is taken");
    assert!(taken.is_unique_violation());
    assert_eq!(taken.constraint(), Some("plans_code_key"));
    Ok(())
}

#[tokio::test]
async fn tenants() -> Result<(), Box<dyn std::error::Error>> {
    let (database, db) = subscriptions().await;
    let url = database.url();
    let migrations = || shop::set(&[shop::entry("1", |m| Box::pin(create(m)))]);

    Migrator::new(migrations()).schema(Ident::new("tenant_abc")?).run(url).await?;
    let tenant = db.in_schema("tenant_abc")?;
    plan(&tenant, 1, "basic").await?;
    assert_eq!(Plan::select().count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn drivers_own_connection() -> Result<(), Box<dyn std::error::Error>> {
    let (database, _db) = subscriptions().await;

    let (client, connection) =
        schemata::tokio_postgres::connect(database.url(), schemata::tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let public = Ident::new("public")?;
    let plans = Plan::select().fetch(&Session::new(&client, &public)).await?;
    assert!(plans.is_empty());
    Ok(())
}

async fn number_customers(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("customers").add_column("number", "integer").await?;
    let customers = first::Customer::select().order_by(first::Customer::email.asc()).fetch(&m.session()?).await?;
    for (number, customer) in (1_i32..).zip(customers) {
        m.client()?.execute("UPDATE customers SET number = $1 WHERE id = $2", &[&number, &customer.id]).await?;
    }
    m.alter_table("customers").set_not_null("number").add_constraint("customers_number_key", "UNIQUE (number)").await
}

async fn search_index(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(
        "CREATE INDEX customers_lower_email_idx ON customers (lower(email));
         COMMENT ON INDEX customers_lower_email_idx IS 'for the search box'",
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn migrations() -> Result<(), Box<dyn std::error::Error>> {
    let database = schemata_tests::fresh_database().await;
    let url = database.url();
    let number = shop::entry("0003_number_customers", |m| Box::pin(number_customers(m)));
    let index = shop::entry("0004_search_index", |m| Box::pin(search_index(m)));
    let set = shop::set(&[shop::INITIAL, shop::STATUS, number, index]);

    let migrator = Migrator::new(set).application("shop 1.4.0").observe(|event| println!("{event:?}"));
    let report = migrator.run(url).await?;
    assert_eq!(report.applied.len(), 4);
    assert!(migrator.plan(url).await?.is_empty());

    assert!(MigrationSet::linked()?.entries().is_empty(), "this program registers none");
    Ok(())
}

#[tokio::test]
async fn a_test_of_your_own() -> Result<(), Box<dyn std::error::Error>> {
    let database = schemata::testing::TestDatabase::create().await?;
    let db = Db::connect(database.url()).await?;
    // …
    let here: (String,) = db.query_as("SELECT current_database()::text", &[]).fetch_one().await?;
    assert_eq!(here.0, database.name());
    Ok(())
}

#[tokio::test]
async fn agreement() -> Result<(), Box<dyn std::error::Error>> {
    use schemata::testing::check_set;
    use schemata_tests::tutorial::{Customer, Order, OrderItem};
    let migrations = || shop::set(&[shop::INITIAL, shop::STATUS]);

    check_set(migrations(), &tables![Customer, Order, OrderItem]).await?;
    Ok(())
}

#[test]
fn numbers_are_variants() {
    assert_eq!((Priority::try_from(1), i16::from(Priority::High)), (Ok(Priority::Low), 5));
}
