//! Batches return their rows in order even if rounding columns, triggers or sequences change the keys.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use schemata::model::{Keep, Write};
use schemata::testing::TestDatabase;
use schemata::{Db, ErrorKind, Executor, TableModel};
use schemata_tests::fresh_database;

/// Defines a model per kind of key; the columns have fewer digits than the models declare.
macro_rules! keyed {
    ($($model:ident $table:literal $key:ty, $declared:literal, $column:literal;)*) => {
        $(
            #[derive(Debug, Clone, PartialEq, TableModel)]
            #[table(name = $table)]
            struct $model {
                #[column(primary_key, sql_type = $declared)]
                id: $key,
                place: i32,
            }
        )*

        fn tables() -> String {
            let mut sql = String::new();
            $(
                let _ = write!(sql, "CREATE TABLE {} (id {} PRIMARY KEY, place int NOT NULL);", $table, $column);
            )*
            sql
        }
    };
}

keyed! {
    Second "seconds" DateTime<Utc>, "timestamptz", "timestamptz(0)";
    Tenth "tenths" DateTime<Utc>, "timestamptz", "timestamptz(1)";
    Exact "exact" DateTime<Utc>, "timestamptz", "timestamptz(5)";
    Local "locals" NaiveDateTime, "timestamp", "timestamp(0)";
    Clock "clocks" NaiveTime, "time", "time(0)";
    Price "prices" Decimal, "numeric", "numeric(12,2)";
    Domain "domains" DateTime<Utc>, "timestamptz", "whole_second";
    Padded "padded" String, "text", "char(8)";
    Folded "folded" String, "text", "citext";
    Short "short" String, "text", "varchar(8)";
}

async fn database() -> (TestDatabase, Db) {
    let database = fresh_database().await;
    let client = schemata_tests::catalog::connect(database.url()).await;
    let types = "CREATE EXTENSION citext; CREATE DOMAIN whole_second AS timestamptz(0);";
    client.batch_execute(&format!("{types}{}", tables())).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

fn instant(place: i32) -> DateTime<Utc> {
    // Neither ascending nor descending, each 1.4 seconds and some microseconds from the next.
    let nth = i64::from(place * 7 % 11);
    "2026-01-01T00:00:00.400007Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::milliseconds(nth * 1_400)
}

const PLACES: [i32; 11] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/// Inserts, then upserts, eleven rows, and expects them in their order both times.
macro_rules! in_order {
    ($db:expr, $model:ident, $key:expr) => {{
        let rows = || PLACES.map(|place| $model::insert().id($key(place)).place(place));
        let inserted = $model::insert_many(rows()).fetch($db).await.expect("inserts");
        let places = |rows: &[$model]| rows.iter().map(|row| row.place).collect::<Vec<_>>();
        assert_eq!(places(&inserted), PLACES, "inserted {}", stringify!($model));
        let upserted =
            $model::upsert_many(rows(), $model::primary_key()).update_given().fetch($db).await.expect("upserts");
        assert_eq!(places(&upserted), PLACES, "upserted {}", stringify!($model));
        assert_eq!(upserted, inserted, "the rows as they are stored");
        let keys = inserted.iter().rev().map(|row| row.id.clone());
        let updates = keys.clone().map(|key| $model::update(key).place(7));
        let updated = $model::update_many(updates).returning($model::id).exec($db).await.expect("updates");
        assert_eq!(updated, keys.collect::<Vec<_>>(), "updated {}", stringify!($model));
    }};
}

#[tokio::test]
async fn rows_come_back_in_their_order_whatever_the_column_makes_of_the_key() {
    let (_database, db) = database().await;
    in_order!(&db, Second, instant);
    in_order!(&db, Tenth, instant);
    in_order!(&db, Exact, instant);
    in_order!(&db, Local, |place| instant(place).naive_utc());
    in_order!(&db, Clock, |place| instant(place).time());
    in_order!(&db, Price, |place: i32| Decimal::new(i64::from(place * 7 % 11) * 1_004 + 1, 3));
    in_order!(&db, Domain, instant);
    in_order!(&db, Padded, |place: i32| format!("k{}", place * 7 % 11));
    in_order!(&db, Folded, |place: i32| format!("K{}", place * 7 % 11));
    in_order!(&db, Short, |place: i32| format!("k{}", place * 7 % 11));
}

#[tokio::test]
async fn keys_that_round_to_one_are_one_key() {
    let (_database, db) = database().await;
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let rows = || {
        [("2026-01-01T00:00:01.9Z", 1), ("2026-01-01T00:00:02.1Z", 2), ("2026-01-01T00:00:05Z", 3)]
            .map(|(key, place)| Second::insert().id(at(key)).place(place))
    };
    let places = |rows: Vec<Second>| rows.iter().map(|row| row.place).collect::<Vec<_>>();
    let upsert = |keep| Second::upsert_many(rows(), Second::primary_key()).on_duplicate(keep);
    assert_eq!(places(upsert(Keep::First).update_given().fetch(&db).await.expect("upserts")), [1, 3]);
    assert_eq!(places(upsert(Keep::Last).update_given().fetch(&db).await.expect("upserts")), [2, 3]);
    assert_eq!(upsert(Keep::Last).update_given().exec(&db).await.expect("upserts"), 2);
    let refused =
        Second::upsert_many(rows(), Second::primary_key()).update_given().fetch(&db).await.expect_err("one key twice");
    assert_eq!(refused.kind(), ErrorKind::Invalid, "{refused}");
    let prices =
        ["1.001", "1.004", "2"].map(|key| Price::insert().id(key.parse::<Decimal>().expect("a price")).place(1));
    let kept =
        Price::upsert_many(prices, Price::primary_key()).on_duplicate(Keep::Last).update_given().fetch(&db).await;
    assert_eq!(kept.expect("upserts").len(), 2);
}

#[tokio::test]
async fn a_key_is_looked_for_as_it_is_given() {
    let (_database, db) = database().await;
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    Second::insert().id(at("2026-01-01T00:00:02Z")).place(1).exec(&db).await.expect("inserts");
    let near = at("2026-01-01T00:00:02.1Z");
    assert_eq!(Second::update_many([Second::update(near).place(9)]).exec(&db).await.expect("runs"), 0);
    assert_eq!(Second::delete_many([near]).exec(&db).await.expect("runs"), 0);
    assert_eq!(Second::select().count(&db).await.expect("counts"), 1, "the row with another key is left alone");
}

/// A table whose key is decided by a trigger, or by the sequence.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "numbered")]
struct Numbered {
    #[column(primary_key, identity)]
    id: i64,
    place: i32,
}

async fn numbered(key: &str) -> (TestDatabase, Db) {
    let (database, db) = database().await;
    let client = schemata_tests::catalog::connect(database.url()).await;
    client
        .batch_execute(&format!(
            "CREATE TABLE numbered (id bigint {key} PRIMARY KEY, place int NOT NULL);
             CREATE FUNCTION renumber() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN NEW.id := 1000 + NEW.place * 7 % 11; RETURN NEW; END $$;
             CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN NEW.id := lower(NEW.id) || '!'; RETURN NEW; END $$;
             CREATE TRIGGER change BEFORE INSERT ON short FOR EACH ROW EXECUTE FUNCTION change();"
        ))
        .await
        .expect("creates the table");
    (database, db)
}

fn rows() -> [impl schemata::model::Insertable<Model = Numbered>; 11] {
    PLACES.map(|place| Numbered::insert().place(place))
}

/// The error names the table and the reason, and nothing is written, inside a transaction and outside.
fn refused<T: std::fmt::Debug>(outcome: schemata::Result<T>, table: &str) {
    let error = outcome.expect_err("the order is lost");
    assert_eq!((error.kind(), error.model_table()), (ErrorKind::Usage, Some(table)), "{error:?}");
    assert!(error.to_string().contains("nothing was written"), "{error}");
}

#[tokio::test]
async fn keys_that_a_trigger_rewrites_are_refused_where_the_order_matters() {
    let (_database, db) = numbered("GENERATED BY DEFAULT AS IDENTITY").await;
    let letters = || PLACES.map(|place| Short::insert().id(format!("K{place}")).place(place));
    refused(Short::insert_many(letters()).fetch(&db).await, "short");
    refused(
        Short::upsert_many(letters(), Short::primary_key()).update_given().returning(Short::id).exec(&db).await,
        "short",
    );
    let inside = db.transaction(async |tx| {
        refused(Short::insert_many(letters()).fetch(&tx).await, "short");
        Ok::<(), schemata::Error>(())
    });
    let _ = inside.await;
    assert_eq!(Short::select().count(&db).await.expect("counts"), 0, "nothing was written");
    assert_eq!(Short::insert_many(letters()).exec(&db).await.expect("no order is needed"), 11);

    db.execute_sql("CREATE TRIGGER r BEFORE INSERT ON numbered FOR EACH ROW EXECUTE FUNCTION renumber()", &[])
        .await
        .expect("creates the trigger");
    refused(Numbered::insert_many(rows()).fetch(&db).await, "numbered");
    assert_eq!(Numbered::select().count(&db).await.expect("counts"), 0, "nothing was written");
}

#[tokio::test]
async fn a_sequence_numbers_the_rows_in_their_order_or_is_refused() {
    let (_database, db) = numbered("GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 3)").await;
    let back = Numbered::insert_many(rows()).fetch(&db).await.expect("inserts");
    assert_eq!(back.iter().map(|row| row.place).collect::<Vec<_>>(), PLACES);
    let (_database, db) = numbered("GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY -1)").await;
    refused(Numbered::insert_many(rows()).fetch(&db).await, "numbered");
    assert_eq!(Numbered::select().count(&db).await.expect("counts"), 0, "nothing was written");
}
