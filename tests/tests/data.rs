//! Writing and reading through models.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::Write;
use schemata::testing::TestDatabase;
use schemata::types::Json;
use schemata::{Db, Error, HasKey, TableModel, tables};
use schemata_tests::catalog::connect;
use schemata_tests::corpus::{Constrained, Everything, Left, Level, Mood, Right, Settings, ThingId};
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, first::Customer, first::Order, first::OrderItem};
use uuid::Uuid;

async fn everything(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Customer, Order, OrderItem, Everything, Constrained, Left, Right]).await
}

async fn database() -> (TestDatabase, Db) {
    let database = fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(everything(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

async fn customer(db: &Db, email: &str) -> Customer {
    Customer::insert().email(email).full_name("N").exec(db).await.expect("inserts")
}

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    let (_database, db) = database().await;
    let instant: DateTime<Utc> = "2026-02-03T04:05:06.123456Z".parse().expect("a time");
    let settings = Settings { depth: 3, tags: vec!["a".into(), "é".into()] };
    let written = Everything::insert()
        .medium(-7)
        .large(i64::MIN)
        .double(f64::MIN_POSITIVE)
        .limited("20 characters at most"[..20].to_owned())
        .fixed("abc")
        .bytes(vec![0, 255, 1])
        .uuid(Uuid::from_u128(7))
        .amount(Decimal::from_str("12345678.1234").expect("a number"))
        .instant(instant)
        .date(NaiveDate::from_ymd_opt(1, 1, 1).expect("a date"))
        .time(NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).expect("a time"))
        .wall_clock(instant.naive_utc())
        .json(serde_json::json!({"a": [1, null, "x"]}))
        .settings(Json(settings.clone()))
        .address("2001:db8::1".parse::<std::net::IpAddr>().expect("an address"))
        .mood(Mood::WideAwake)
        .level(Level::VeryHigh)
        .numbers(vec![1, -2])
        .words(vec![Some("x".to_owned()), None])
        .blobs(vec![vec![], vec![1]])
        .moods(vec![Mood::Calm, Mood::WideAwake])
        .amounts(vec![Decimal::new(125, 2)])
        .reserved("word")
        .exec(&db)
        .await
        .expect("inserts");
    assert_eq!((written.flag, written.small, written.single), (true, -3, 1.5));
    assert_eq!(written.text, "it's \\ \"quoted\"");
    assert_eq!((written.mood, written.level, written.maybe), (Mood::WideAwake, Level::VeryHigh, None));
    assert_eq!((written.instant, written.wall_clock), (instant, instant.naive_utc()));
    assert_eq!(written.settings, Json(settings));
    assert_eq!(written.words, [Some("x".to_owned()), None]);
    assert_eq!(written.amounts, Some(vec![Decimal::new(125, 2)]));
    assert_eq!(written.amount.to_string(), "12345678.1234");
    assert_eq!((written.reserved.as_deref(), written.audit.created_by), (Some("word"), None));
    assert_eq!(Everything::get(&db, written.id).await.expect("is there"), written);
    let same = Everything::select()
        .filter(Everything::mood.eq(Mood::WideAwake).and(Everything::level.eq(Level::VeryHigh)))
        .filter(Everything::id.is_in([written.id, ThingId(99)]));
    assert_eq!(same.fetch_one(&db).await.expect("is there"), written);
}

#[tokio::test]
async fn a_value_the_rust_type_cannot_hold_is_an_error_that_names_the_column() {
    let (database, db) = database().await;
    let ada = customer(&db, "ada@x").await;
    Order::insert().customer_id(ada.id).order_number("A-1").exec(&db).await.expect("inserts");
    let client = connect(database.url()).await;
    for (set, column) in [("order_total = 'NaN'", "order_total"), ("placed_at = 'infinity'", "placed_at")] {
        client.batch_execute(&format!("UPDATE orders SET {set}")).await.expect("updates");
        let error = Order::select().fetch(&db).await.expect_err("no such value in Rust");
        assert!(matches!(&error, Error::Decode { column: named, .. } if named == column), "{error:?}");
        client.batch_execute("UPDATE orders SET order_total = 0, placed_at = now()").await.expect("updates");
    }
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_the_audit_columns() {
    let (_database, db) = database().await;
    let before =
        Customer::insert().email("a@x").full_name("Ada").phone("1".to_owned()).exec(&db).await.expect("inserts");
    assert_eq!((before.audit.created_by.as_str(), before.audit.updated_by.as_deref()), ("system", None));
    let after = Customer::update(before.id).full_name("Ada L.").exec(&db).await.expect("updates").expect("is there");
    assert_eq!((after.full_name.as_str(), after.phone.as_deref(), after.email.as_str()), ("Ada L.", Some("1"), "a@x"));
    assert!(after.audit.updated_at > before.audit.updated_at);
    assert_eq!(after.audit.created_at, before.audit.created_at);
    let cleared = Customer::update(before.id).phone(None).exec(&db).await.expect("updates").expect("is there");
    assert_eq!(cleared.phone, None);
    assert_eq!(Customer::update(Uuid::nil()).phone(None).exec(&db).await.expect("no error"), None);
    let nothing = Customer::update(before.id).exec(&db).await.expect_err("sets nothing");
    assert!(matches!(nothing, Error::NothingToSet { table: "customers" }));
}

#[tokio::test]
async fn finders_deletes_and_their_absence() {
    let (_database, db) = database().await;
    let ada = customer(&db, "ada@x").await;
    assert_eq!(Customer::find_by_email(&db, "ada@x").await.expect("reads"), Some(ada.clone()));
    assert_eq!(Customer::find_by_email(&db, "ADA@X").await.expect("reads"), None);
    let order = Order::insert().customer_id(ada.id).order_number("A-1").exec(&db).await.expect("inserts");
    let item =
        OrderItem::insert().order_id(order.id).sku("tea").unit_price(Decimal::ONE).exec(&db).await.expect("inserts");
    assert_eq!(OrderItem::find_by_order_id_and_sku(&db, order.id, "tea").await.expect("reads"), Some(item));
    assert!(Customer::delete(&db, ada.id).await.expect("deletes"));
    assert!(!Customer::delete(&db, ada.id).await.expect("nothing to delete"));
    assert_eq!(OrderItem::select().count(&db).await.expect("counts"), 0, "the items went with the customer");
    assert!(matches!(Customer::get(&db, ada.id).await, Err(Error::NotFound { table: "customers" })));
}

#[tokio::test]
async fn composite_keys_and_removed_rows() {
    let (database, db) = database().await;
    let row = Constrained::insert().tenant(1).number(2).code(3).tags(vec![]).exec(&db).await.expect("inserts");
    assert_eq!(row.key(), (1, 2));
    // Each differs from it in one part of the key only.
    for (tenant, number) in [(1, 3), (2, 2)] {
        let other = Constrained::insert().tenant(tenant).number(number).code(tenant + 10).tags(vec![]);
        other.exec(&db).await.expect("inserts");
    }
    assert_eq!(Constrained::find(&db, (1, 2)).await.expect("reads"), Some(row.clone()));
    assert_eq!(Constrained::get(&db, (1, 3)).await.expect("reads").key(), (1, 3));
    assert_eq!(Constrained::find(&db, (2, 1)).await.expect("reads"), None);
    let changed = Constrained::update((1, 3)).code(7).exec(&db).await.expect("updates").expect("is there");
    assert_eq!((changed.key(), changed.code), ((1, 3), 7));
    assert!(Constrained::delete(&db, (1, 3)).await.expect("deletes"));
    assert_eq!(Constrained::find(&db, (1, 2)).await.expect("reads"), Some(row), "nobody else is meant");
    assert_eq!(Constrained::select().count(&db).await.expect("counts"), 2);
    connect(database.url())
        .await
        .batch_execute("UPDATE constrained SET deactivated_at = now()")
        .await
        .expect("removes");
    assert_eq!(Constrained::find(&db, (1, 2)).await.expect("reads"), None);
    assert_eq!(Constrained::update((1, 2)).code(4).exec(&db).await.expect("no error"), None);
    assert!(!Constrained::delete(&db, (1, 2)).await.expect("no error"));
    assert_eq!(Constrained::select().count(&db).await.expect("counts"), 0);
}

#[tokio::test]
async fn errors_carry_what_postgresql_said_and_no_values() {
    let (_database, db) = database().await;
    customer(&db, "secret@x").await;
    let error = Customer::insert().email("secret@x").full_name("N").exec(&db).await.expect_err("taken");
    assert!(error.is_unique_violation());
    assert_eq!(error.constraint(), Some("customers_email_key"));
    assert_eq!(error.to_string(), "insert on customers failed");
    let orphan = Order::insert().customer_id(Uuid::nil()).order_number("A-1").exec(&db).await.expect_err("no customer");
    assert!(orphan.is_foreign_key_violation());
}

#[tokio::test]
async fn text_that_looks_like_sql_is_only_text() {
    let (_database, db) = database().await;
    for text in ["'; DROP TABLE customers; --", "$1", "\\", "\"", "%_"] {
        let row = Customer::insert().email(text).full_name(text).exec(&db).await.expect("inserts");
        assert_eq!(row.email, text);
        assert_eq!(Customer::find_by_email(&db, text).await.expect("reads"), Some(row));
    }
}

#[tokio::test]
async fn filters_orders_and_pages() {
    let (_database, db) = database().await;
    for name in ["a", "b", "c", "d"] {
        let insert = Customer::insert().email(format!("{name}@x")).full_name(name);
        if name < "c" { insert.phone(name.to_owned()).exec(&db).await } else { insert.exec(&db).await }
            .expect("inserts");
    }
    let names = async |query: schemata::query::Select<Customer>| -> Vec<String> {
        query.fetch(&db).await.expect("reads").into_iter().map(|row| row.full_name).collect()
    };
    let all = || Customer::select().order_by((Customer::phone.asc(), Customer::email.desc()));
    assert_eq!(names(all()).await, ["a", "b", "d", "c"]);
    assert_eq!(names(all().filter(Customer::phone.is_null().or(Customer::full_name.eq("a")))).await, ["a", "d", "c"]);
    assert_eq!(names(all().filter(!Customer::full_name.is_in(["a", "d"]))).await, ["b", "c"]);
    assert_eq!(names(all().filter(Customer::full_name.is_in(Vec::<String>::new()))).await, Vec::<String>::new());
    assert_eq!(names(all().filter(Customer::full_name.not_in(Vec::<String>::new()))).await.len(), 4);
    assert_eq!(names(all().filter(Customer::full_name.ge("b").and(Customer::full_name.lt("d")))).await, ["b", "c"]);
    assert_eq!(names(all().filter(Customer::email.like("a%"))).await, ["a"]);
    assert_eq!(names(all().limit(2).offset(1)).await, ["b", "d"]);
    assert_eq!(names(all().limit(0)).await, Vec::<String>::new());
    let since = Customer::select().filter(Customer::audit.created_at.le(Utc::now()));
    assert_eq!(since.count(&db).await.expect("counts"), 4);
}

#[tokio::test]
async fn one_handle_a_schema_and_nothing_leaks() {
    let (database, db) = database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(everything(m)))]);
    let schema = schemata::Ident::new("Tenant 1").expect("short");
    Migrator::new(set).schema(schema).run(database.url()).await.expect("creates the tables");
    let tenant = db.in_schema("Tenant 1").expect("a name");
    let (ours, theirs) = (customer(&db, "a@x").await, customer(&tenant, "a@x").await);
    assert_ne!(ours.id, theirs.id);
    let (one, other) = tokio::join!(Customer::find_by_email(&db, "a@x"), Customer::find_by_email(&tenant, "a@x"));
    assert_eq!((one.expect("reads"), other.expect("reads")), (Some(ours), Some(theirs)));
    assert!(matches!(db.in_schema(&"x".repeat(64)), Err(Error::Ident(_))));
}
