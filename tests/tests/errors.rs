//! Every path reports a failure with the same error, and no error shows a value.

use std::error::Error as _;
use std::fmt::Write as _;

use schemata::model::Write;
use schemata::{Db, Error, ErrorKind, Executor, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::runtime::{add, shop_db};
use schemata_tests::shop::first::{Customer, Order};
use uuid::Uuid;

/// The message, the debug form and all causes.
fn whole_text(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(next) = cause {
        write!(text, " {next} {next:?}").expect("writing to a String cannot fail");
        cause = next.source();
    }
    text
}

#[tokio::test]
async fn kinds_follow_sqlstates() {
    let (_database, db) = shop_db().await;
    for (state, kind) in [
        ("23505", ErrorKind::UniqueViolation),
        ("23503", ErrorKind::ForeignKeyViolation),
        ("23514", ErrorKind::CheckViolation),
        ("23502", ErrorKind::NotNullViolation),
        ("23P01", ErrorKind::ExclusionViolation),
        ("22001", ErrorKind::TooLong),
        ("22003", ErrorKind::OutOfRange),
        ("22P02", ErrorKind::InvalidValue),
        ("40001", ErrorKind::Serialization),
        ("40P01", ErrorKind::Deadlock),
        ("40003", ErrorKind::OutcomeUnknown),
        ("55P03", ErrorKind::LockNotAvailable),
        ("57014", ErrorKind::Cancelled),
        ("42501", ErrorKind::NoPrivilege),
        ("42P01", ErrorKind::UndefinedObject),
        ("42601", ErrorKind::Syntax),
        ("25006", ErrorKind::ReadOnly),
        ("53200", ErrorKind::Resources),
        ("P0001", ErrorKind::Raised),
        ("99999", ErrorKind::Other),
    ] {
        let sql = format!("DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$");
        let error = db.execute_sql(schemata::RawSql::trusted(sql), &[]).await.expect_err("raises");
        assert_eq!(error.kind(), kind, "{state}");
        assert_eq!(error.sqlstate().expect("from the server"), state);
        assert_eq!(error.is_retryable(), matches!(state, "40001" | "40P01" | "25006"), "{state}");
    }
}

#[tokio::test]
async fn a_violation_tells_all_and_shows_no_value() {
    let (_database, db) = shop_db().await;
    add(&db, "secret@example.com").await.expect("inserts");
    let error = add(&db, "secret@example.com").await.expect_err("taken");
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    assert_eq!(error.constraint(), Some("customers_email_key"));
    assert_eq!((error.table(), error.model_table()), (Some("customers"), Some("customers")));
    assert_eq!(error.operation(), Some("insert"));
    assert!(error.detail().expect("a detail").contains("secret@example.com"));
    let text = whole_text(&error);
    assert!(!text.contains("secret"), "{text}");
    assert!(text.contains("23505") && text.contains("customers_email_key"), "{text}");
    assert!(error.driver_error().expect("the driver's").to_string().contains("db error"));
}

#[tokio::test]
async fn no_path_shows_a_value() {
    let (_database, db) = shop_db().await;
    db.execute_sql("CREATE TABLE t (a int NOT NULL CHECK (a < 10), b varchar(3))", &[]).await.expect("creates");
    let secret = "s3cr3t";
    let failures = [
        db.execute_sql("INSERT INTO t VALUES (777777, NULL)", &[]).await.expect_err("check"),
        db.execute_sql("INSERT INTO t VALUES (1, $1)", &[&secret]).await.expect_err("too long"),
        db.execute_sql("INSERT INTO t VALUES ($1::text::int, NULL)", &[&secret]).await.expect_err("no number"),
        db.execute_sql("INSERT INTO t VALUES (NULL, 'abc')", &[]).await.expect_err("not null"),
        db.execute_sql("INSERT INTO t VALUES ($1, NULL)", &[&secret]).await.expect_err("no integer"),
        db.query_as::<(i32,)>("SELECT $1::text", &[&secret]).await.expect_err("no integer"),
    ];
    let kinds: Vec<ErrorKind> = failures.iter().map(Error::kind).collect();
    assert_eq!(
        kinds,
        [
            ErrorKind::CheckViolation,
            ErrorKind::TooLong,
            ErrorKind::InvalidValue,
            ErrorKind::NotNullViolation,
            ErrorKind::InvalidValue,
            ErrorKind::Decode
        ]
    );
    assert_eq!(failures[3].column(), Some("a"));
    for error in &failures {
        let text = whole_text(error);
        assert!(!text.contains(secret) && !text.contains("777777"), "{text}");
    }
}

#[tokio::test]
async fn every_path_of_a_model_gives_the_same_error() {
    let (_database, db) = shop_db().await;
    let orphan = Order::insert().customer_id(Uuid::nil()).order_number("1").exec(&db).await.expect_err("no customer");
    assert_eq!(orphan.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(orphan.constraint(), Some("orders_customer_id_fkey"));
    let (a, b) = (add(&db, "a").await.expect("inserts"), add(&db, "b").await.expect("inserts"));
    let moved = Customer::update(b.id).email("a".to_owned()).exec(&db).await.expect_err("taken");
    assert_eq!((moved.kind(), moved.operation()), (ErrorKind::UniqueViolation, Some("update")));
    db.execute_sql("DROP TABLE customers CASCADE", &[]).await.expect("drops");
    let gone = [
        Customer::find(&db, a.id).await.map(drop).expect_err("gone"),
        Customer::select().fetch(&db).await.map(drop).expect_err("gone"),
        Customer::select().count(&db).await.map(drop).expect_err("gone"),
        Customer::delete(&db, a.id).await.map(drop).expect_err("gone"),
        Customer::find_by_email(&db, "a").await.map(drop).expect_err("gone"),
    ];
    for error in gone {
        assert_eq!(error.kind(), ErrorKind::UndefinedObject, "{error:?}");
        assert_eq!(error.model_table(), Some("customers"));
    }
}

#[tokio::test]
async fn a_lock_that_is_not_free_and_a_role_without_rights() {
    let (database, db) = shop_db().await;
    add(&db, "a").await.expect("inserts");
    let other = connect(database.url()).await;
    other.batch_execute("BEGIN; SELECT 1 FROM customers FOR UPDATE").await.expect("locks");
    let error = db.execute_sql("SELECT 1 FROM customers FOR UPDATE NOWAIT", &[]).await.expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::LockNotAvailable);
    other.batch_execute("ROLLBACK").await.expect("unlocks");
    let error = db
        .transaction(|tx| async move {
            tx.execute_sql("SET LOCAL ROLE pg_monitor", &[]).await?;
            add(&tx, "b").await.map(drop)
        })
        .await
        .expect_err("no rights");
    assert_eq!(error.kind(), ErrorKind::NoPrivilege);
}

#[tokio::test]
async fn an_unreachable_server_and_an_invalid_url() {
    let error = Db::connect("postgres://u:hunter2@127.0.0.1:1/x").await.expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.is_retryable());
    let text = whole_text(&error);
    assert!(text.contains("127.0.0.1:1") && !text.contains("hunter2"), "{text}");
    for url in ["nonsense", "postgres://u:hunter2@h/x?sslmode=sometimes", "postgres://u:hunter2@h/x?port=y"] {
        let error = Db::connect(url).await.expect_err("no URL");
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
        assert!(!whole_text(&error).contains("hunter2"), "{url}");
    }
}
