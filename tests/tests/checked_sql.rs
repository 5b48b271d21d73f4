//! Checked SQL that is right: every shape of results, every kind of parameter, on every executor and in two schemas.

use chrono::{DateTime, TimeZone, Utc};
use rust_decimal::Decimal;
use schemata::prelude::*;
use schemata::testing::{TestDatabase, check_queries};
use schemata::{Db, Error, ErrorKind};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::stall::{Customer, Order, State, handles, migrator};

/// What a customer spent in a month.
#[derive(Debug, PartialEq, FromRow)]
pub struct Monthly {
    pub month: DateTime<Utc>,
    pub total: Decimal,
}

/// A model, an optional model and columns of their own.
#[derive(Debug, PartialEq, FromRow)]
pub struct Overview {
    pub customer: Customer,
    pub latest: Option<Order>,
    #[from_row(name = "number of orders")]
    pub orders: i64,
}

#[derive(Debug, PartialEq, FromRow)]
pub struct Named(pub String, pub Option<String>);

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(of = Order)]
pub struct Brief {
    pub id: i64,
    pub number: String,
}

schemata::query! {
    /// What a customer spent, month by month.
    pub fn turnover(customer: i64, since: DateTime<Utc>) -> Vec<Monthly> =
        "SELECT date_trunc('month', {Order::placed_at}) AS month, sum({Order::total}) AS total
         FROM {Order}
         WHERE {Order::customer_id} = {customer} AND {Order::placed_at} >= {since}
         GROUP BY 1
         ORDER BY 1";

    fn by_number(number: &str) -> Option<Order> = "SELECT {Order::*} FROM {Order} WHERE {Order::number} = {number}";

    fn count_orders() -> i64 = "SELECT count(*) FROM {Order}";

    fn the_order(number: String) -> Order = "SELECT {o.*} FROM {Order as o} WHERE {o.number} = {number}";

    fn numbers(least: Decimal) -> Stream<String> =
        "SELECT {Order::number} FROM {Order} WHERE {Order::total} >= {least} ORDER BY 1";

    fn ship(numbers: &[String]) -> u64 =
        "UPDATE {Order} SET {Order::status} = 'shipped' WHERE {Order::number} = ANY ({numbers})";

    fn add_customer(id: i64, email: &str, phone: Option<&str>, tags: Vec<String>) -> Customer =
        "INSERT INTO {Customer} ({Customer::id}, {Customer::email}, {Customer::phone}, {Customer::tags})
         VALUES ({id}, {email}, {phone}, {tags} || '{{new}}'::text[])
         ON CONFLICT ({Customer::email}) DO UPDATE SET {Customer::phone} = excluded.{Customer::phone}
         RETURNING {Customer::*}";

    fn with_orders() -> Vec<(Customer, Option<Order>)> =
        "SELECT {c.*}, {o.*}
         FROM {Customer as c}
         LEFT JOIN {Order as o} ON {o.customer_id} = {c.id}
         ORDER BY {c.id}, {o.id}";

    fn invitations() -> Vec<(Customer, Option<Customer>)> =
        "SELECT {c.*}, {host.*}
         FROM {Customer as c} LEFT JOIN {Customer as host} ON {host.id} = {c.invited_by}
         ORDER BY {c.id}";

    fn overview() -> Vec<Overview> =
        "SELECT {c.*}, {o.*}, (SELECT count(*) FROM {Order as n} WHERE {n.customer_id} = {c.id}) AS \"number of orders!\"
         FROM {Customer as c}
         LEFT JOIN LATERAL (
             SELECT {l.*} FROM {Order as l} WHERE {l.customer_id} = {c.id} ORDER BY {l.placed_at} DESC LIMIT 1
         ) AS latest ON true
         LEFT JOIN {Order as o} ON {o.id} = latest.{Order::id}
         ORDER BY {c.id}";

    fn in_state(state: State, not_in: Option<State>) -> Vec<(Brief, State)> =
        "SELECT {o.id}, {o.number}, {o.status}
         FROM {Order} AS o
         WHERE {o.status} = {state} AND {o.status} IS DISTINCT FROM {not_in}
         ORDER BY {o.id}
         FOR UPDATE OF {Order}";

    fn names() -> Vec<Named> = "SELECT {Customer::email}, {Customer::phone} FROM {Customer} ORDER BY 1";

    fn with_tag(tag: &String) -> Vec<(i64, Vec<String>)> =
        "SELECT {Customer::id}, {Customer::tags} FROM {Customer} WHERE {Customer::tags} @> ARRAY[{tag}] ORDER BY 1";

    fn add_address(customer: i64, code: &str) -> u64 =
        "INSERT INTO public.addresses (customer_id, code) VALUES ({customer}, {code})";

    fn codes() -> Vec<String> = "SELECT code FROM public.addresses ORDER BY 1";

    fn leave_mark(value: &str) -> Option<Option<String>> = "SELECT public.leave_mark({value})";

    fn mark() -> Option<String> = "SELECT coalesce(current_setting('stall.mark', true), '')";

    fn twice(number: i64) -> (i64, i64, bool) = "SELECT {number}::bigint, {number} * 2, {number} > 1";
}

schemata::query_file! {
    fn shipped_since(since: DateTime<Utc>) -> Vec<(String, String)> = "sql/shipped_since.sql";
}

fn at(month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, month, day, 12, 0, 0).single().expect("a time")
}

/// Two customers, of whom the first one has two orders.
async fn fill(db: &Db) {
    add_customer(db, 1, "ada", None, vec!["vip".to_owned()]).await.expect("inserts");
    add_customer(db, 2, "bob", Some("7"), vec![]).await.expect("inserts");
    Customer::update(2_i64).invited_by(1_i64).exec(db).await.expect("updates");
    for (id, number, cents, placed_at) in [(1, "A-1", 1050, at(1, 5)), (2, "A-2", 2000, at(1, 9))] {
        let insert = Order::insert().id(id).customer_id(1_i64).number(number).total(Decimal::new(cents, 2));
        insert.placed_at(placed_at).exec(db).await.expect("inserts");
    }
}

async fn filled() -> (TestDatabase, Db) {
    let database = fresh_database().await;
    let [db] = handles(database.url(), ["public"]).await;
    fill(&db).await;
    (database, db)
}

#[tokio::test]
async fn all_of_them_pass_the_check() {
    check_queries(&migrator()).await.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn each_tenant_reads_its_own_tables() {
    let database = fresh_database().await;
    let [one, two] = handles(database.url(), ["one", "tenant \"2\""]).await;
    fill(&one).await;
    add_customer(&two, 1, "eve", None, vec![]).await.expect("inserts");
    let spent = turnover(&one, 1, at(1, 1)).await.expect("reads");
    let month = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().expect("a time");
    assert_eq!(spent, [Monthly { month, total: Decimal::new(3050, 2) }]);
    assert_eq!(turnover(&two, 1, at(1, 1)).await.expect("reads"), []);
    assert_eq!(count_orders(&one).await.expect("counts"), 2);
    assert_eq!(count_orders(&two).await.expect("counts"), 0);
    assert_eq!(names(&two).await.expect("reads"), [Named("eve".to_owned(), None)]);
}

#[tokio::test]
async fn every_number_of_rows_has_its_type() {
    let (_database, db) = filled().await;
    assert_eq!(by_number(&db, "A-1").await.expect("reads").map(|order| order.id), Some(1));
    assert_eq!(by_number(&db, "none").await.expect("reads"), None);
    assert_eq!(the_order(&db, "A-2".to_owned()).await.expect("reads").total, Decimal::new(2000, 2));
    let error = the_order(&db, "none".to_owned()).await.expect_err("there is none");
    assert!(matches!(error, Error::NotFound { table: "the_order" }), "{error:?}");
    assert_eq!(ship(&db, &["A-1".to_owned(), "x".to_owned()]).await.expect("updates"), 1);
    let mut rows = numbers(&db, Decimal::ONE).await.expect("opens");
    assert_eq!(rows.try_next().await.expect("reads").as_deref(), Some("A-1"));
    assert_eq!(rows.try_next().await.expect("reads").as_deref(), Some("A-2"));
    assert_eq!(rows.try_next().await.expect("reads"), None);
    assert_eq!(twice(&db, 21).await.expect("reads"), (21, 42, true));
    let shipped = shipped_since(&db, at(1, 1)).await.expect("reads");
    assert_eq!(shipped, [("A-1".to_owned(), "ada".to_owned())]);
}

#[tokio::test]
async fn rows_hold_models_and_missing_models() {
    let (_database, db) = filled().await;
    let pairs = with_orders(&db).await.expect("reads");
    let told: Vec<_> =
        pairs.iter().map(|(customer, order)| (customer.id, order.as_ref().map(|order| order.id))).collect();
    assert_eq!(told, [(1, Some(1)), (1, Some(2)), (2, None)]);
    assert_eq!(pairs[0].0.tags, ["vip", "new"]);
    let hosts = invitations(&db).await.expect("reads");
    let told: Vec<_> = hosts.iter().map(|(customer, host)| (customer.id, host.as_ref().map(|host| host.id))).collect();
    assert_eq!(told, [(1, None), (2, Some(1))]);
    let rows = overview(&db).await.expect("reads");
    let told: Vec<_> =
        rows.iter().map(|row| (row.customer.id, row.latest.as_ref().map(|o| o.id), row.orders)).collect();
    assert_eq!(told, [(1, Some(2), 2), (2, None, 0)]);
}

#[tokio::test]
async fn enums_arrays_domains_and_optional_values_are_bound() {
    let (_database, db) = filled().await;
    let pending = in_state(&db, State::Pending, None).await.expect("reads");
    assert_eq!(pending[0], (Brief { id: 1, number: "A-1".to_owned() }, State::Pending));
    assert_eq!(pending.len(), 2);
    assert_eq!(in_state(&db, State::Pending, Some(State::Pending)).await.expect("reads"), []);
    let tagged = with_tag(&db, &"vip".to_owned()).await.expect("reads");
    assert_eq!(tagged, [(1, vec!["vip".to_owned(), "new".to_owned()])]);
    assert_eq!(add_address(&db, 1, "12345").await.expect("inserts"), 1);
    assert_eq!(codes(&db).await.expect("reads"), ["12345"]);
    let error = add_address(&db, 1, "x").await.expect_err("no postcode");
    assert_eq!(error.kind(), ErrorKind::CheckViolation);
    assert_eq!(error.to_string(), "execute on add_address failed");
    let error = by_number(&db, "a\0b").await.expect_err("a NUL");
    assert!(matches!(error, Error::Encode { table: "by_number", column: "number", .. }), "{error:?}");
}

#[tokio::test]
async fn every_executor_runs_them() {
    let (database, db) = filled().await;
    db.transaction(|tx| async move {
        ship(&tx, &["A-1".to_owned()]).await?;
        assert_eq!(in_state(&tx, State::Shipped, None).await?.len(), 1);
        Ok::<(), Error>(())
    })
    .await
    .expect("commits");
    let client = connect(database.url()).await;
    assert_eq!(count_orders(&client).await.expect("counts"), 2);
    let refused = db
        .transaction_builder()
        .read_only()
        .run(|tx| async move { ship(&tx, &["A-1".to_owned()]).await })
        .await
        .expect_err("read only");
    assert_eq!(refused.kind(), ErrorKind::ReadOnly);
    assert!(!refused.is_retryable());
}

#[tokio::test]
async fn a_function_of_the_users_leaves_no_mark_on_the_session() {
    let database = fresh_database().await;
    let [_] = handles(database.url(), ["public"]).await;
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    assert_eq!(leave_mark(&db, "x").await.expect("sets"), Some(Some("x".to_owned())));
    assert_eq!(mark(&db).await.expect("reads"), Some(String::new()));
}

/// The wrong order of columns, without a check.
#[derive(Debug, FromRow)]
#[expect(dead_code, reason = "no row is read")]
struct Swapped {
    total: Decimal,
    month: DateTime<Utc>,
}

#[tokio::test]
async fn a_field_refuses_a_column_of_another_name() {
    let (_database, db) = filled().await;
    let sql = "SELECT now() AS month, 1.5 AS total";
    let error = db.query_as::<Swapped>(sql, &[]).await.expect_err("swapped");
    assert_eq!(
        error.to_string(),
        "column month is in the place of the field total; list the columns in the order of the fields, or name it AS \"total\""
    );
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(db.query_as::<Monthly>(sql, &[]).await.expect("reads").len(), 1);
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn every_future_is_send() {
    let (_database, db) = filled().await;
    assert_send(turnover(&db, 1, at(1, 1))).await.expect("reads");
    assert_send(by_number(&db, "x")).await.expect("reads");
    assert_send(ship(&db, &[])).await.expect("updates");
    drop(assert_send(numbers(&db, Decimal::ONE)).await.expect("opens"));
}
