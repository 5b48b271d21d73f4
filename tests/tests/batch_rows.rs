//! Rows of a batch are read and encoded as they come, from iterators and streams: nothing is stored if one of them is refused,
//! reading is bounded, and the order of setters does not matter.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::{Db, Error, ErrorKind, Executor, RawSql, TableModel};
use schemata_tests::catalog::{connect, one};
use schemata_tests::warehouse::{Article, Shelf, warehouse};
use tokio_postgres::Client;

async fn count(client: &Client) -> i64 {
    one(client, "SELECT count(*) FROM shelves").await
}

fn shelf(aisle: i32, level: &str) -> impl schemata::model::Insertable<Model = Shelf> + use<> {
    Shelf::insert().aisle(aisle).level(level).amount(aisle).label("l")
}

/// The level of a shelf has at most five characters.
fn level(is_valid: bool) -> &'static str {
    if is_valid { "x" } else { "too long" }
}

#[tokio::test]
async fn a_row_that_breaks_a_rule_after_thousands_were_sent_leaves_nothing_behind() {
    let (database, db) = warehouse().await;
    let client = connect(database.url()).await;
    for in_transaction in [false, true] {
        let rows = (0..200_000).map(|aisle| shelf(aisle, level(![60_000, 60_001, 61_000, 150_000].contains(&aisle))));
        let refused = if in_transaction {
            db.transaction(|tx| {
                let rows = rows.clone();
                async move {
                    let refused = Shelf::insert_many(rows).exec(&tx).await;
                    assert_eq!(Shelf::select().count(&tx).await?, 0, "a savepoint has undone it");
                    Ok::<_, Error>(refused)
                }
            })
            .await
            .expect("the transaction goes on")
        } else {
            Shelf::insert_many(rows).exec(&db).await
        };
        let Err(Error::Invalid(found)) = refused else { panic!("{refused:?}") };
        let rows: Vec<_> =
            found.all.iter().map(|violation| (violation.row, violation.column, violation.rule)).collect();
        let expected = [60_000, 60_001, 61_000].map(|row| (row, Some("level"), "max_length"));
        assert_eq!(rows, expected, "all of the rows that were read; in a transaction: {in_transaction}");
        assert_eq!(count(&client).await, 0);
        assert_eq!(Shelf::insert_many([shelf(1, "x")]).exec(&db).await.expect("inserts"), 1);
        client.batch_execute("DELETE FROM shelves").await.expect("empties");
    }
}

#[tokio::test]
async fn reading_ends_after_a_row_that_breaks_a_rule_even_if_there_is_no_end() {
    let (database, db) = warehouse().await;
    let read = AtomicUsize::new(0);
    let rows = (0..).map(|aisle| {
        read.fetch_add(1, Ordering::Relaxed);
        shelf(aisle, level(aisle != 20_000))
    });
    let refused = Shelf::insert_many(rows).exec(&db).await.expect_err("one row is refused");
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let read = read.into_inner();
    assert!((20_001..40_000).contains(&read), "{read} rows were read");
    assert_eq!(count(&connect(database.url()).await).await, 0);
}

#[tokio::test]
async fn rows_are_read_while_earlier_ones_are_sent() {
    let (database, db) = warehouse().await;
    let client = connect(database.url()).await;
    let watch = |rows: i32| {
        let sent = db.clone();
        stream::iter(0..rows).then(move |aisle| {
            let db = sent.clone();
            async move {
                if aisle == rows - 1 {
                    let seen = "SELECT count(*) FROM pg_stat_activity
                                WHERE datname = current_database() AND query LIKE '%shelves%' AND state = 'idle in transaction'";
                    let (open,) = db.query_as::<(i64,)>(seen, &[]).fetch_one().await?;
                    assert_eq!(open, 1, "rows were sent, and no statement is open while the stream has nothing");
                }
                Ok(shelf(aisle, "x"))
            }
        })
    };
    assert_eq!(Shelf::insert_stream(watch(60_000)).exec(&db).await.expect("inserts"), 60_000);
    assert_eq!(count(&client).await, 60_000);
}

/// More than is kept for a repetition, within one COPY and in several statements.
#[tokio::test]
async fn rows_that_are_forgotten_after_they_were_sent_have_all_arrived() {
    let (database, db) = warehouse().await;
    let client = connect(database.url()).await;
    let label = "l".repeat(400);
    let wide = |aisle: i32| Shelf::insert().aisle(aisle).level("x").amount(aisle).label(label.clone());
    let right = "SELECT count(*) FROM shelves WHERE amount = aisle AND label = repeat('l', 400)";
    assert_eq!(Shelf::insert_many((0..30_000).map(wide)).exec(&db).await.expect("copies"), 30_000);
    assert_eq!(one::<i64>(&client, right).await, 30_000);
    client.batch_execute("DELETE FROM shelves").await.expect("empties");
    db.transaction(|tx| {
        let label = label.clone();
        async move {
            let wide = |aisle: i32| Shelf::insert().aisle(aisle).level("x").amount(aisle).label(label.clone());
            let rows = Shelf::insert_many((0..30_000).map(wide)).returning(Shelf::aisle).exec(&tx).await?;
            assert!(rows.into_iter().eq(0..30_000), "rows come back in their order");
            Ok::<_, Error>(())
        }
    })
    .await
    .expect("inserts");
    assert_eq!(one::<i64>(&client, right).await, 30_000);
}

/// The numbers, some of them only after a while.
fn slowly(rows: i32) -> impl Stream<Item = i32> + Send {
    stream::iter(0..rows).then(|n| async move {
        if n % 4_000 == 3_999 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        n
    })
}

#[tokio::test]
async fn a_stream_is_stored_as_a_whole_or_not_at_all() {
    let (database, db) = warehouse().await;
    let client = connect(database.url()).await;
    for rows in [0, 1, 3_000, 30_000] {
        let all = slowly(rows).map(|aisle| Ok(shelf(aisle, "x")));
        assert_eq!(Shelf::insert_stream(all).exec(&db).await.expect("inserts"), u64::try_from(rows).expect("positive"));
        let stored = "SELECT count(*) FROM shelves WHERE level = 'x' AND amount = aisle AND label = 'l'";
        assert_eq!(one::<i64>(&client, stored).await, i64::from(rows));
        client.batch_execute("DELETE FROM shelves").await.expect("empties");

        let failing =
            slowly(rows).map(move |n| if n == rows - 1 { Err(Error::TransactionEnded) } else { Ok(shelf(n, "x")) });
        let failed = Shelf::insert_stream(failing).exec(&db).await;
        assert_eq!(failed.is_err(), rows > 0, "{rows} rows: {failed:?}");
        assert_eq!(count(&client).await, 0, "{rows} rows");
    }
    let fetched =
        Shelf::insert_stream(slowly(5_000).map(|aisle| Ok(shelf(aisle, "x")))).fetch(&db).await.expect("inserts");
    assert!(fetched.iter().map(|shelf| shelf.aisle).eq(0..5_000), "rows come back in the order of the stream");
}

#[tokio::test]
async fn rows_of_another_database_are_streamed_into_this_one() {
    let (_one, from) = warehouse().await;
    let (_other, to) = warehouse().await;
    Shelf::insert_many((0..20_000).map(|aisle| shelf(aisle, "x"))).exec(&from).await.expect("inserts");
    let rows = Shelf::select().order_by(Shelf::aisle.asc()).stream(&from).await.expect("reads");
    let rows = rows.map(|row| {
        row.map(|row| Shelf::insert().aisle(row.aisle).level(row.level).amount(row.amount + 1).label(row.label))
    });
    assert_eq!(Shelf::insert_stream(rows).exec(&to).await.expect("inserts"), 20_000);
    let changed = Shelf::select().filter(Shelf::amount.eq(Shelf::aisle + 1)).count(&to).await.expect("counts");
    assert_eq!(changed, 20_000);
}

#[tokio::test]
async fn the_order_of_setters_makes_no_difference() {
    let (database, db) = warehouse().await;
    let row = |n: i32| {
        let key = format!("{n}");
        if n % 2 == 0 {
            Article::insert_from(Article::insert().sku(key).name("a").stock(n).tags(vec![format!("t{n}")]))
        } else {
            Article::insert_from(Article::insert().tags(vec![format!("t{n}")]).stock(n).name("a").sku(key))
        }
    };
    let proxy = schemata_tests::wire::CountingProxy::to(database.url()).await;
    let counted = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    Article::insert_many((100..102).map(row)).exec(&counted).await.expect("prepares");
    proxy.take();
    let stored = Article::insert_many((0..100).map(row)).exec(&counted).await.expect("inserts");
    assert_eq!((stored, proxy.take()), (100, 1), "one statement");
    let update = |n: i32| {
        let update = Article::update(format!("{n}"));
        if n % 2 == 0 { update.stock(n + 1).name("b") } else { update.name("b").stock(n + 1) }
    };
    assert_eq!(Article::update_many((0..100).map(update)).exec(&db).await.expect("updates"), 100);
    let all = Article::select().filter(Article::name.eq("b")).fetch(&db).await.expect("reads");
    assert_eq!(all.len(), 100);
    for article in all {
        let n: i32 = article.sku.parse().expect("a number");
        assert_eq!((article.stock, article.tags), (n + 1, vec![format!("t{n}")]));
    }
}

/// The columns' types change between two batches of one pool, so that the second one meets statements and values of the old ones.
#[tokio::test]
async fn values_follow_types_that_change() {
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "readings")]
    struct Reading {
        #[column(primary_key)]
        id: i64,
        #[column(sql_type = "bigint")]
        sensor: u32,
        unit: String,
    }
    let (database, _) = warehouse().await;
    let client = connect(database.url()).await;
    let table = "CREATE TABLE readings (id bigint PRIMARY KEY, sensor int NOT NULL, unit text NOT NULL)";
    client.batch_execute(table).await.expect("creates");
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    let rows = |from: i64, to: i64| (from..to).map(|id| Reading::insert().id(id).sensor(7_u32).unit("m"));
    let mut next = 0;
    for ty in ["bigint", "int", "bigint"] {
        for many in [10, 6_000] {
            Reading::insert_many(rows(next, next + many)).exec(&db).await.expect("inserts");
            next += many;
        }
        client.batch_execute(&format!("ALTER TABLE readings ALTER sensor TYPE {ty}")).await.expect("changes");
        for many in [10, 6_000] {
            Reading::insert_many(rows(next, next + many)).exec(&db).await.expect("inserts");
            next += many;
        }
        let update = |id| Reading::update(id).sensor(8_u32).unit("km");
        assert_eq!(
            Reading::update_many((0..next).map(update)).exec(&db).await.expect("updates"),
            u64::try_from(next).expect("positive")
        );
        let upserted = Reading::upsert_many(rows(0, next), Reading::primary_key()).update_given().exec(&db).await;
        assert_eq!(upserted.expect("upserts"), u64::try_from(next).expect("positive"));
    }
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM readings WHERE sensor = 7 AND unit = 'm'").await, next);
}

/// Batches that give up the order of locks write what others write.
#[tokio::test]
async fn a_batch_without_the_order_of_locks_changes_the_same_rows() {
    let (_database, db) = warehouse().await;
    let row = |n: i32| Article::insert().sku(format!("{n}")).name("a").stock(n);
    Article::insert_many((0..50).map(row)).exec(&db).await.expect("inserts");
    Article::remove("7".to_owned()).exec(&db).await.expect("removes");
    let update = |n: i32| Article::update(format!("{n}")).name("b");
    let updated = Article::update_many((0..60).rev().map(update)).may_deadlock().fetch(&db).await.expect("updates");
    let expected: Vec<String> = (0..50).rev().filter(|n| *n != 7).map(|n| n.to_string()).collect();
    assert_eq!(
        updated.iter().map(|row| row.sku.clone()).collect::<Vec<_>>(),
        expected,
        "live rows, in the order of the batch"
    );
    assert!(updated.iter().all(|row| row.revision.version == 2 && row.name == "b"));
    let stale = (0..3).map(|n| Article::update(format!("{n}")).name("c").expect_version(if n == 1 { 1 } else { 2 }));
    let stale = Article::update_many(stale).may_deadlock().exec(&db).await.expect_err("one has changed");
    assert_eq!(stale.kind(), ErrorKind::Stale);
    assert_eq!(Article::select().filter(Article::name.eq("c")).count(&db).await.expect("counts"), 0);
    let removed = (6..9).map(|n| Article::update(format!("{n}")).stock(-0).with_deleted());
    assert_eq!(Article::update_many(removed).may_deadlock().exec(&db).await.expect("updates"), 3);
    let deleted = Article::delete_many((0..50).map(|n| n.to_string())).may_deadlock().exec(&db).await.expect("deletes");
    assert_eq!(deleted, 49, "a removed row stays");
}

/// Rows that borrow, and rows that others hold.
#[tokio::test]
async fn rows_borrow_from_their_surroundings() {
    let (_database, db) = warehouse().await;
    let names = vec!["a".to_owned(), "b".to_owned()];
    let borrowed = names.iter().map(|name| Shelf::insert().aisle(1).level(name).amount(1));
    assert_eq!(Shelf::insert_many(borrowed).exec(&db).await.expect("inserts"), 2);
    let shared = Arc::new(names);
    let task = tokio::spawn(async move {
        let updates = shared.iter().map(|name| Shelf::update((1, name.clone())).amount(2));
        Shelf::update_many(updates).exec(&db).await
    });
    assert_eq!(task.await.expect("no panic").expect("updates"), 2);
}

#[tokio::test]
async fn a_row_that_sets_other_columns_after_thousands_is_stored_too() {
    let (database, db) = warehouse().await;
    let client = connect(database.url()).await;
    let row = |n: i32| {
        let (key, row) = (format!("{n}"), Article::insert_from(Article::insert().sku(format!("{n}")).name("a")));
        if n % 7_000 == 6_999 { Article::insert_from(Article::insert().sku(key).name("a").stock(n)) } else { row }
    };
    assert_eq!(Article::insert_many((0..20_000).map(row)).exec(&db).await.expect("inserts"), 20_000);
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM articles").await, 20_000);
}

#[tokio::test]
async fn a_stream_that_ends_in_an_error_is_not_taken_for_complete() {
    let (database, db) = warehouse().await;
    let client = connect(database.url()).await;
    // Errors after which a batch of its own would be written once more.
    for state in ["40P01", "42704", "42804", "42846", "22P03"] {
        for (rows, fetches) in [(20_000, false), (60_000, true)] {
            let raise = format!("DO $$ BEGIN RAISE 'the source' USING ERRCODE = '{state}'; END $$");
            let error = db.execute_sql(RawSql::trusted(raise), &[]).await.expect_err("raises");
            let source = (0..rows).map(|aisle| Ok(shelf(aisle, "x"))).chain([Err(error)]);
            let insert = Shelf::insert_stream(stream::iter(source.collect::<Vec<_>>()));
            let failed = if fetches { insert.fetch(&db).await.map(drop) } else { insert.exec(&db).await.map(drop) };
            let failed = failed.expect_err(state);
            assert_eq!(failed.sqlstate(), Some(state), "{failed:?}");
            assert_eq!(count(&client).await, 0, "{state} after {rows} rows");
        }
    }
}

/// The digits that a column keeps change between two batches of one pool.
#[tokio::test]
async fn values_keep_the_digits_that_a_column_has_come_to_keep() {
    #[derive(Debug, Clone, PartialEq, TableModel)]
    #[table(name = "rates")]
    struct Rate {
        #[column(primary_key)]
        id: i64,
        #[column(sql_type = "numeric(12,4)")]
        rate: Decimal,
        #[column(sql_type = "numeric(12,4)[]")]
        steps: Vec<Decimal>,
    }
    let (database, _) = warehouse().await;
    let client = connect(database.url()).await;
    let table =
        "CREATE TABLE rates (id bigint PRIMARY KEY, rate numeric(12,2) NOT NULL, steps numeric(12,2)[] NOT NULL)";
    client.batch_execute(table).await.expect("creates");
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    let value = Decimal::new(12_345, 4);
    let rows = |from: i64| (from..from + 10).map(move |id| Rate::insert().id(id).rate(value).steps(vec![value]));
    let stored = "SELECT count(*) FROM rates WHERE rate = 1.2345 AND steps = '{1.2345}'";
    Rate::insert_many(rows(0)).exec(&db).await.expect("inserts");
    assert_eq!(one::<i64>(&client, stored).await, 0, "rounded by the column");
    let wider = "ALTER TABLE rates ALTER rate TYPE numeric(12,4), ALTER steps TYPE numeric(12,4)[]";
    client.batch_execute(wider).await.expect("changes");
    Rate::insert_many(rows(10)).exec(&db).await.expect("inserts");
    assert_eq!(one::<i64>(&client, stored).await, 10);
    Rate::upsert_many(rows(0), Rate::primary_key()).update_given().exec(&db).await.expect("upserts");
    assert_eq!(one::<i64>(&client, stored).await, 20);
}
