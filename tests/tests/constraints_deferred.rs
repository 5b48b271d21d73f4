//! Constraints at work: deferred ones are checked at COMMIT, exclusion constraints forbid overlaps, and constraints that
//! are not valid leave old rows alone. Each violation is an error with a kind and the constraint's name.

use chrono::{DateTime, TimeZone, Utc};
use schemata::ErrorKind;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::model::ConstraintSet;
use schemata::prelude::*;
use schemata_tests::catalog::{connect, major};
use schemata_tests::{fresh_database, shop};

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "guests")]
struct Guest {
    #[column(primary_key)]
    id: i32,
    #[column(unique)]
    name: String,
}

#[derive(Debug, Clone, PartialEq, TableModel, Constraints)]
#[table(
    name = "bookings",
    primary_key(name = "bookings_pk", comment = "numbered by the hotel"),
    unique(code, deferrable = initially_deferred),
    unique(room, night, include(guest), name = "one_guest_per_night", comment = "a room has one guest"),
    check(name = "in_order", sql = "begins < ends", no_inherit, comment = "time goes forward"),
    check(name = "paid", sql = "price >= 0", not_valid),
    foreign_key(columns(guest), references(Guest::id), match_full, deferrable, comment = "who pays"),
    exclude(
        using = "gist",
        room with("="),
        expression("tstzrange(begins, ends)") with("&&"),
        where = "price > 0",
        name = "no_double_booking"
    )
)]
struct Booking {
    #[column(primary_key)]
    id: i64,
    code: String,
    room: i32,
    night: i32,
    guest: Option<i64>,
    #[column(references = Guest::name, deferrable = initially_deferred)]
    host: Option<String>,
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
    price: i32,
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Guest, Booking]).extensions(["btree_gist"]).await
}

fn migrator() -> Migrator {
    let entry: MigrationEntry = shop::entry("0001_create", |m| Box::pin(create(m)));
    Migrator::new(shop::set(&[entry]))
}

fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 5, 1, hour, 0, 0).single().expect("a moment")
}

fn booking(id: i64) -> Booking {
    Booking {
        id,
        code: format!("B-{id}"),
        room: 1,
        night: i32::try_from(id).expect("small"),
        guest: None,
        host: None,
        begins: at(1),
        ends: at(2),
        price: 0,
    }
}

async fn book(db: &Db, row: Booking) -> schemata::Result<Booking> {
    let Booking { id, code, room, night, guest, host, begins, ends, price } = row;
    let row = Booking::insert().id(id).code(code).room(room).night(night).guest(guest).host(host);
    row.begins(begins).ends(ends).price(price).exec(db).await
}

async fn hotel() -> (schemata::testing::TestDatabase, Db) {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let report = migrator().check(database.url(), &tables![Guest, Booking]).await.expect("checks");
    assert!(report.is_clean(), "{report:#?}");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

#[tokio::test]
async fn a_deferred_key_is_checked_at_commit() {
    let (_database, db) = hotel().await;
    book(&db, booking(1)).await.expect("inserts");
    book(&db, booking(2)).await.expect("inserts");
    // Two codes are exchanged, which no statement could do at once.
    let swapped = db.transaction(|tx| async move {
        Booking::update(1).code("B-2").exec(&tx).await?;
        Booking::update(2).code("B-1").exec(&tx).await?;
        Ok::<(), schemata::Error>(())
    });
    swapped.await.expect("unique again at COMMIT");
    assert_eq!(Booking::find_by_code(&db, "B-1").await.expect("finds").map(|found| found.id), Some(2));

    let twice = db.transaction(|tx| async move {
        Booking::update(1).code("B-1").exec(&tx).await?;
        Ok::<(), schemata::Error>(())
    });
    let error: schemata::Error = twice.await.expect_err("two equal codes at COMMIT");
    assert_eq!(
        (error.kind(), error.constraint()),
        (ErrorKind::UniqueViolation, Some("bookings_code_key")),
        "{error:?}"
    );
    assert!(error.is_unique_violation());
    let host = db.transaction(|tx| async move {
        Booking::update(1).host("Ada".to_owned()).exec(&tx).await?;
        Ok::<(), schemata::Error>(())
    });
    let error: schemata::Error = host.await.expect_err("no such host at COMMIT");
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(error.constraint(), Some("bookings_host_fkey"));
    // Alone, a statement is a transaction.
    let error = Booking::update(1).code("B-1").exec(&db).await.expect_err("COMMIT follows");
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::UniqueViolation, Some("bookings_code_key")));
    assert_eq!(BookingConstraint::violated(&error), Some(BookingConstraint::CodeKey));
}

#[tokio::test]
async fn an_exclusion_constraint_forbids_overlaps() {
    let (_database, db) = hotel().await;
    let paid = |id| Booking { price: 5, ..booking(id) };
    book(&db, paid(1)).await.expect("inserts");
    let error = book(&db, paid(2)).await.expect_err("the same hour");
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::ExclusionViolation, Some("no_double_booking")));
    assert_eq!(BookingConstraint::violated(&error), Some(BookingConstraint::NoDoubleBooking));
    book(&db, booking(3)).await.expect("unpaid");
    book(&db, Booking { room: 2, ..paid(4) }).await.expect("elsewhere");
}

#[tokio::test]
async fn a_check_that_is_not_valid_holds_for_new_rows() {
    let (database, db) = hotel().await;
    let error = book(&db, Booking { price: -1, ..booking(1) }).await.expect_err("negative");
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::CheckViolation, Some("paid")));
    let client = connect(database.url()).await;
    client.batch_execute("ALTER TABLE bookings VALIDATE CONSTRAINT paid").await.expect("validates");
    let report = migrator().check(database.url(), &tables![Guest, Booking]).await.expect("checks");
    let said: Vec<String> = report.database.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["constraint paid on bookings: the migrations say not valid, the database valid"]);
}

#[tokio::test]
async fn integers_of_different_types_are_joined() {
    let (_database, db) = hotel().await;
    Guest::insert().id(7).name("Ada").exec(&db).await.expect("inserts");
    let booked = Booking { guest: Some(7), ..booking(1) };
    book(&db, booked.clone()).await.expect("inserts");
    let error = book(&db, Booking { guest: Some(8), ..booking(2) }).await.expect_err("nobody");
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::ForeignKeyViolation, Some("bookings_guest_fkey")));
    let guests = Booking::GUEST_FKEY.parents_of([&booked]).fetch(&db).await.expect("loads");
    assert_eq!(guests.rows().len(), 1);
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "modern", check(name = "free", sql = "late > 0", not_enforced))]
struct Modern {
    #[column(primary_key)]
    id: i32,
    net: i32,
    #[column(generated_virtual = "net * 2")]
    gross: Option<i32>,
    #[column(not_null(name = "late_is_given", not_valid))]
    late: Option<i32>,
}

async fn create_modern(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Modern]).await
}

#[tokio::test]
async fn what_a_major_version_lacks_is_refused_and_named() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let (modern, major) = (shop::entry("0001_modern", |m| Box::pin(create_modern(m))), major(&client).await);
    let migrator = Migrator::new(shop::set(&[modern]));
    let outcome = migrator.run(database.url()).await;
    if major < 18 {
        let error = outcome.expect_err("too old");
        let text = schemata_tests::errors::with_causes(&error);
        let said =
            format!("generated_virtual on table modern needs PostgreSQL 18 or newer; the server is PostgreSQL {major}");
        assert!(text.contains(&said), "{text}");
        let error = Migrator::new(shop::set(&[])).check(database.url(), &tables![Modern]).await.expect_err("too old");
        let text = schemata_tests::errors::with_causes(&error);
        assert!(text.contains(&format!("needs PostgreSQL 18, and the server is PostgreSQL {major}")), "{text}");
        return;
    }
    outcome.expect("applies");
    let report = migrator.check(database.url(), &tables![Modern]).await.expect("checks");
    assert!(report.is_clean(), "{report:#?}");
    let db = Db::connect(database.url()).await.expect("connects");
    let row = Modern::insert().id(1).net(21).late(-5).exec(&db).await.expect("inserts");
    assert_eq!((row.gross, row.late), (Some(42), Some(-5)), "a check that is not enforced is not checked");
    let error = Modern::insert().id(2).net(1).exec(&db).await.expect_err("a new row");
    assert_eq!((error.kind(), error.column()), (ErrorKind::NotNullViolation, Some("late")));
    // An old row without a value is read.
    let old = "ALTER TABLE modern DROP CONSTRAINT late_is_given; INSERT INTO modern (id, net) VALUES (3, 1);
               ALTER TABLE modern ADD CONSTRAINT late_is_given NOT NULL late NOT VALID";
    client.batch_execute(old).await.expect("runs");
    assert_eq!(Modern::find(&db, 3).await.expect("reads").and_then(|row| row.late), None);
    let report = migrator.check(database.url(), &tables![Modern]).await.expect("checks");
    assert!(report.is_clean(), "{report:#?}");
}
