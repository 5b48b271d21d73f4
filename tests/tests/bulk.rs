//! Batches: each way to write many rows, their order, and all or nothing.

use rust_decimal::Decimal;
use schemata::model::{Keep, Write};
use schemata::{AsActor, Error, ErrorKind, Executor, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::warehouse::{Article, Event, Shelf, warehouse};

/// Two spellings of one key: PostgreSQL considers them equal, although their bytes differ.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "words", unique(weight))]
struct Word {
    #[column(primary_key, sql_type = "citext")]
    word: String,
    weight: Option<Decimal>,
    #[column(default = 0)]
    hits: i32,
}

fn events(numbers: impl IntoIterator<Item = i32>) -> Vec<impl schemata::model::Insertable<Model = Event>> {
    numbers
        .into_iter()
        .map(|n| Event::insert().source("s").number(n).readings(vec![n; (n % 4).unsigned_abs() as usize]))
        .collect()
}

#[tokio::test]
async fn every_way_of_writing_leaves_the_same_rows() {
    for count in [0, 1, 3, 700, 2_300] {
        let (_database, db) = warehouse().await;
        let inserted = Event::insert_many(events(0..count)).exec(&db).await.expect("inserts");
        assert_eq!(inserted, u64::try_from(count).expect("positive"));
        let (_other, second) = warehouse().await;
        Event::insert_many(events(0..count)).fetch(&second).await.expect("inserts");
        let read = |db| async move { Event::select().order_by(Event::number.asc()).fetch(db).await.expect("reads") };
        let (one, two) = (read(&db).await, read(&second).await);
        assert_eq!(one.len(), usize::try_from(count).expect("positive"));
        let essence =
            |rows: &[Event]| rows.iter().map(|e| (e.number, e.doubled, e.readings.clone())).collect::<Vec<_>>();
        assert_eq!(essence(&one), essence(&two));
        assert_eq!(
            one.iter().map(|event| event.readings.len()).max().unwrap_or(0),
            usize::from(count > 3) * 3 + usize::from(count == 3) * 2
        );
    }
}

#[tokio::test]
async fn rows_come_back_in_their_order_whatever_numbers_them() {
    let (_database, db) = warehouse().await;
    let numbers: Vec<i32> = (0..500).map(|n| (n * 7919) % 1000).collect();
    let rows = Event::insert_many(events(numbers.clone())).fetch(&db).await.expect("inserts");
    assert_eq!(rows.iter().map(|event| event.number).collect::<Vec<_>>(), numbers);
    assert!(rows.windows(2).all(|pair| pair[0].id < pair[1].id));
    let shelves = numbers.iter().map(|n| Shelf::insert().aisle(*n).level("x"));
    let aisles = Shelf::insert_many(shelves).returning((Shelf::aisle, Shelf::amount)).exec(&db).await.expect("inserts");
    assert_eq!(aisles, numbers.iter().map(|n| (*n, 0)).collect::<Vec<_>>());
}

#[tokio::test]
async fn rows_with_other_columns_take_their_defaults_one_by_one() {
    let (_database, db) = warehouse().await;
    let many = (0..1_200).map(|n| {
        let row = Article::insert_from(Article::insert().sku(format!("a{n}")).name("n"));
        match n % 3 {
            0 => row,
            1 => row.stock(n).price(Decimal::new(150, 2)),
            _ => row.email(None).tags(vec!["x".to_owned()]),
        }
    });
    assert_eq!(Article::insert_many(many).actor("imp").exec(&db).await.expect("inserts"), 1_200);
    let one = |n: i32| Article::get(&db, format!("a{n}"));
    let (plain, priced, tagged) = (one(0).await.expect("a"), one(1).await.expect("b"), one(2).await.expect("c"));
    assert_eq!((plain.stock, plain.price, plain.origin.as_str()), (1, Decimal::ZERO, "here"));
    assert_eq!((priced.stock, priced.price), (1, Decimal::new(150, 2)));
    assert_eq!((tagged.tags.len(), tagged.audit.created_by.as_str()), (1, "imp"));
    let mixed = [
        Article::insert().sku("z").name("n"),
        Article::insert().sku("y").name("n").stock(2),
        Article::insert().sku("x").name("n"),
    ];
    let back = Article::insert_many(mixed).fetch(&db).await.expect("inserts");
    assert_eq!(back.iter().map(|row| row.sku.as_str()).collect::<Vec<_>>(), ["z", "y", "x"]);
}

#[tokio::test]
async fn a_bad_row_leaves_nothing_behind() {
    let (database, db) = warehouse().await;
    let client = connect(database.url()).await;
    for pooled in [true, false] {
        let rows = (0..1_500).map(|n| {
            let row = Shelf::insert_from(Shelf::insert().aisle(if n == 1_499 { 0 } else { n }).level("x"));
            if n % 2 == 0 { row } else { row.label("odd") }
        });
        let rows: Vec<_> = rows.collect();
        let insert = Shelf::insert_many(rows);
        // Rows 0 and 1499 share a key, but lie in different groups, hence statements.
        let error = if pooled { insert.exec(&db).await } else { insert.exec(&client).await };
        assert!(error.expect_err("a key twice").is_unique_violation());
        assert_eq!(Shelf::select().count(&db).await.expect("counts"), 0);
    }
    client.batch_execute("BEGIN").await.expect("begins");
    let mixed = || [Shelf::insert().aisle(1).level("x"), Shelf::insert().aisle(2).level("x").amount(1)];
    Shelf::insert_many(mixed()).exec(&client).await.expect("joins the transaction");
    let again = Shelf::insert_many(mixed()).exec(&client).await.expect_err("taken");
    assert!(again.is_unique_violation());
    Shelf::insert().aisle(3).level("x").exec(&client).await.expect("the transaction goes on");
    client.batch_execute("ROLLBACK").await.expect("rolls back");
    assert_eq!(Shelf::select().count(&db).await.expect("counts"), 0, "no unit committed the caller's transaction");
    assert_eq!(Shelf::insert_many(mixed()).exec(&client).await.expect("has a transaction of its own"), 2);
    assert_eq!(Shelf::select().count(&db).await.expect("counts"), 2, "which is committed");
}

#[tokio::test]
async fn upserts_of_many_rows_follow_the_rules_of_one() {
    let (_database, db) = warehouse().await;
    let rows = |stock: i32, n: i32| {
        (0..n)
            .rev()
            .map(move |i| Article::insert().sku(format!("a{i}")).name("n").stock(stock).tags(vec![format!("t{i}"); 2]))
    };
    assert_eq!(
        Article::upsert_many(rows(1, 3), Article::primary_key())
            .update_given()
            .actor("ann")
            .exec(&db)
            .await
            .expect("inserts"),
        3
    );
    let back = Article::upsert_many(rows(9, 5), Article::primary_key())
        .update_given()
        .actor("bob")
        .fetch(&db)
        .await
        .expect("upserts");
    assert_eq!(back.iter().map(|row| row.sku.as_str()).collect::<Vec<_>>(), ["a4", "a3", "a2", "a1", "a0"]);
    let old = &back[4];
    assert_eq!((old.stock, old.revision.version, old.audit.updated_by.as_deref()), (9, 2, Some("bob")));
    assert_eq!((old.audit.created_by.as_str(), back[0].audit.updated_by.as_deref()), ("ann", None));
    assert_eq!(old.tags, ["t0", "t0"]);
    let twice =
        Article::upsert_many(rows(1, 1).chain(rows(2, 1)), Article::primary_key()).update_given().exec(&db).await;
    let Err(Error::Invalid(found)) = twice else { panic!("{twice:?}") };
    assert_eq!((found.all[0].row, found.all[0].rule), (1, "duplicate"));
    let unkeyed =
        Article::upsert_many([Article::insert().sku("q").name("n")], Article::by_email).update_given().exec(&db).await;
    assert!(matches!(unkeyed, Err(Error::Invalid(_))), "{unkeyed:?}");
    Article::remove("a0".to_owned()).exec(&db).await.expect("removes");
    let swallowed = Article::upsert_many(rows(3, 2), Article::primary_key()).update_given().exec(&db).await;
    assert!(matches!(swallowed, Err(Error::Removed { .. })), "{swallowed:?}");
    assert_eq!(Article::get(&db, "a1".to_owned()).await.expect("reads").stock, 9, "all or nothing");
    assert_eq!(
        Article::upsert_many(rows(3, 2), Article::primary_key())
            .update_given()
            .keep_removed()
            .exec(&db)
            .await
            .expect("runs"),
        1
    );
    assert_eq!(
        Article::upsert_many(rows(4, 2), Article::primary_key())
            .update_given()
            .revive_removed()
            .exec(&db)
            .await
            .expect("runs"),
        2
    );
    assert_eq!(Article::upsert_many(rows(5, 6), Article::primary_key()).do_nothing().exec(&db).await.expect("runs"), 1);
    assert_eq!(
        Article::upsert_many(rows(5, 0), Article::primary_key()).update_given().exec(&db).await.expect("nothing to do"),
        0
    );
}

#[tokio::test]
async fn updates_and_deletes_of_many_rows() {
    let (_database, db) = warehouse().await;
    Article::insert_many((0..10).map(|n| Article::insert().sku(format!("a{n}")).name("n")))
        .exec(&db)
        .await
        .expect("inserts");
    let key = |n: i32| format!("a{n}");
    let changes = [
        Article::update(key(3)).stock(3).tags(vec!["t".to_owned()]),
        Article::update(key(99)).stock(3),
        Article::update(key(1)).name("one").email("e"),
        Article::update(key(2)).stock(2).actor("eve"),
    ];
    let back = Article::update_many(changes).actor("bob").fetch(&db).await.expect("updates");
    assert_eq!(back.iter().map(|row| row.sku.as_str()).collect::<Vec<_>>(), ["a3", "a1", "a2"]);
    assert_eq!((back[0].tags.len(), back[1].name.as_str(), back[1].stock), (1, "one", 1));
    assert_eq!((back[0].audit.updated_by.as_deref(), back[2].audit.updated_by.as_deref()), (Some("bob"), Some("eve")));
    assert!(back.iter().all(|row| row.revision.version == 2));
    let twice =
        Article::update_many([Article::update(key(1)).stock(1), Article::update(key(1)).stock(2)]).exec(&db).await;
    assert!(matches!(twice, Err(Error::Invalid(_))), "{twice:?}");
    let nothing = Article::update_many([Article::update(key(1))]).exec(&db).await;
    assert!(matches!(nothing, Err(Error::NothingToSet { .. })));
    let stale = [Article::update(key(4)).stock(4), Article::update(key(1)).stock(4).expect_version(1)];
    let stale = Article::update_many(stale).exec(&db).await;
    assert!(matches!(stale, Err(Error::Stale { .. })), "{stale:?}");
    assert_eq!(Article::get(&db, key(4)).await.expect("reads").stock, 1, "all or nothing");
    let fresh =
        [Article::update(key(99)).stock(4).expect_version(1), Article::update(key(1)).stock(4).expect_version(2)];
    assert_eq!(Article::update_many(fresh).exec(&db).await.expect("one is gone"), 1);
    Article::remove(key(5)).exec(&db).await.expect("removes");
    assert_eq!(Article::delete_many([key(5), key(6), key(98)]).exec(&db).await.expect("deletes"), 1);
    let gone = Article::delete_many([key(8), key(7)]).returning(Article::sku).exec(&db).await.expect("deletes");
    assert_eq!(gone, [key(8), key(7)]);
    Shelf::insert_many((0..5).map(|n| Shelf::insert().aisle(n).level("x"))).exec(&db).await.expect("inserts");
    assert_eq!(Shelf::delete_many((0..3).map(|n| (n, "x".to_owned()))).exec(&db).await.expect("deletes"), 3);
    assert_eq!(
        Shelf::update_many((3..9).map(|n| Shelf::update((n, "x".to_owned())).amount(n)))
            .exec(&db)
            .await
            .expect("updates"),
        2
    );
    assert_eq!(Shelf::delete_many(Vec::<(i32, String)>::new()).exec(&db).await.expect("nothing to do"), 0);
}

#[tokio::test]
async fn a_violation_in_a_batch_of_updates_says_which_and_changes_nothing() {
    let (_database, db) = warehouse().await;
    let rows = ["a", "b", "c"].map(|sku| Article::insert().sku(sku).name("n").email(format!("{sku}@x")));
    Article::insert_many(rows).exec(&db).await.expect("inserts");
    db.execute_sql("ALTER TABLE articles ADD CONSTRAINT cheap CHECK (price < 100)", &[]).await.expect("alters");
    let key = |sku: &str| Article::update(sku.to_owned());
    let unique = || [key("a").stock(5).email("z@x"), key("b").stock(5).email("c@x"), key("c").stock(5).email("d@y")];
    let check = || [key("a").price(Decimal::ONE), key("b").price(Decimal::new(500, 0))];
    let two_statements = || [key("a").stock(5), key("b").price(Decimal::new(500, 0))];
    let failures = [
        (Article::update_many(unique()).exec(&db).await.map(drop), ErrorKind::UniqueViolation, "articles_email_idx"),
        (Article::update_many(unique()).fetch(&db).await.map(drop), ErrorKind::UniqueViolation, "articles_email_idx"),
        (Article::update_many(check()).exec(&db).await.map(drop), ErrorKind::CheckViolation, "cheap"),
        (Article::update_many(two_statements()).exec(&db).await.map(drop), ErrorKind::CheckViolation, "cheap"),
    ];
    for (nth, (outcome, kind, constraint)) in failures.into_iter().enumerate() {
        let error = outcome.expect_err("breaks a constraint");
        assert_eq!((error.kind(), error.constraint()), (kind, Some(constraint)), "{nth}");
        assert_eq!((error.operation(), error.model_table()), (Some("update"), Some("articles")), "{nth}");
    }
    let rows = Article::select().filter(Article::revision.version.ne(1)).count(&db).await.expect("counts");
    assert_eq!(rows, 0, "all or nothing");
}

#[tokio::test]
async fn a_batch_that_fails_in_a_transaction_leaves_no_half_of_itself() {
    let (_database, db) = warehouse().await;
    let shelf = |aisle: i32| Shelf::insert_from(Shelf::insert().aisle(aisle).level("x"));
    db.transaction(|tx| async move {
        shelf(1).exec(&tx).await?;
        // Two statements; the second one meets the existing row.
        let taken = Shelf::insert_many([shelf(2), shelf(1).amount(1)]).exec(&tx).await.expect_err("taken");
        assert!(taken.is_unique_violation());
        assert_eq!(Shelf::select().count(&tx).await?, 1, "the transaction goes on, without the batch");
        Shelf::insert_many([shelf(3), shelf(4).amount(1)]).exec(&tx).await?;
        Article::insert_many(["a", "b"].map(|sku| Article::insert().sku(sku).name("n"))).exec(&tx).await?;
        // The library's own refusal, after a first statement that succeeded.
        let key = |sku: &str| Article::update(sku.to_owned());
        let stale = Article::update_many([key("a").stock(9), key("b").price(Decimal::ONE).expect_version(7)]);
        assert!(matches!(stale.exec(&tx).await, Err(Error::Stale { .. })));
        assert_eq!(Article::get(&tx, "a".to_owned()).await?.stock, 1, "nothing of it stays");
        Ok::<(), Error>(())
    })
    .await
    .expect("commits");
    assert_eq!(Shelf::select().count(&db).await.expect("counts"), 3);
}

#[tokio::test]
async fn which_of_two_rows_of_one_key_counts_can_be_said() {
    let (_database, db) = warehouse().await;
    let rows = || {
        [(2, 1), (1, 1), (2, 2), (3, 1), (2, 3)].map(|(n, amount)| Shelf::insert().aisle(n).level("x").amount(amount))
    };
    let refused = Shelf::upsert_many(rows(), Shelf::primary_key()).update_given().exec(&db).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    for (keep, expected) in [(Keep::First, [(2, 1), (1, 1), (3, 1)]), (Keep::Last, [(1, 1), (3, 1), (2, 3)])] {
        let upsert = Shelf::upsert_many(rows(), Shelf::primary_key()).update_given().on_duplicate(keep);
        let written = upsert.returning((Shelf::aisle, Shelf::amount)).exec(&db).await.expect("upserts");
        assert_eq!(written, expected, "{keep:?}, in the order of the batch");
        assert_eq!(
            Shelf::upsert_many(rows(), Shelf::primary_key())
                .update_given()
                .on_duplicate(keep)
                .exec(&db)
                .await
                .expect("upserts"),
            3
        );
    }
}

#[tokio::test]
async fn keys_are_one_where_postgresql_says_so() {
    let (database, db) = warehouse().await;
    let client = connect(database.url()).await;
    let table = "CREATE EXTENSION citext;
        CREATE TABLE words (word citext PRIMARY KEY, weight numeric UNIQUE, hits int NOT NULL DEFAULT 0)";
    client.batch_execute(table).await.expect("creates");
    Word::insert_many(["a", "b"].map(|word| Word::insert().word(word))).exec(&db).await.expect("inserts");
    let duplicate = |outcome: schemata::Result<u64>| {
        let Err(Error::Invalid(found)) = outcome else { panic!("{outcome:?}") };
        (found.all[0].row, found.all[0].rule, found.all[0].message.clone())
    };
    let key = |word: &str| Word::update(word.to_owned());
    let updates = || [key("b").hits(1), key("A").hits(2), key("a").hits(3)];
    let refused = duplicate(Word::update_many(updates()).exec(&db).await);
    assert_eq!(refused, (2, "duplicate", "has the same word as row 1".to_owned()));
    duplicate(Word::delete_many(["a", "A"].map(str::to_owned)).exec(&db).await);
    let row = |word: &str, hits: i32| Word::insert().word(word).hits(hits);
    let rows = || [row("A", 4), row("c", 5), row("a", 6)];
    duplicate(Word::upsert_many(rows(), Word::primary_key()).update_given().exec(&db).await);
    for (keep, expected) in [(Keep::First, [4, 5]), (Keep::Last, [5, 6])] {
        let upsert = Word::upsert_many(rows(), Word::primary_key()).update_given().on_duplicate(keep);
        assert_eq!(upsert.returning(Word::hits).exec(&db).await.expect("upserts"), expected, "{keep:?}");
    }
    // A numeric key: 1.0 is 1; NULL equals no value.
    let weighed = |word: &str, weight: Option<Decimal>| Word::insert().word(word).hits(7).weight(weight);
    let one = Some(Decimal::ONE);
    duplicate(
        Word::upsert_many([weighed("x", one), weighed("y", Some(Decimal::new(10, 1)))], Word::by_weight)
            .update_given()
            .exec(&db)
            .await,
    );
    let unweighed = [weighed("z", None), weighed("y", one), weighed("x", None), weighed("w", Some(Decimal::TWO))];
    let stored = Word::upsert_many(unweighed, Word::by_weight)
        .update_given()
        .returning(Word::word)
        .exec(&db)
        .await
        .expect("upserts");
    assert_eq!(stored, ["z", "y", "x", "w"], "in the order of the batch");
}

#[tokio::test]
async fn a_stale_row_undoes_a_batch_that_removes_or_restores_rows() {
    let (_database, db) = warehouse().await;
    let keys = ["a", "b", "c"];
    Article::insert_many(keys.map(|key| Article::insert().sku(key).name("n"))).exec(&db).await.expect("inserts");
    let read =
        || async { Article::select().with_deleted().order_by(Article::sku.asc()).fetch(&db).await.expect("reads") };
    let before = read().await;
    // The last one does not exist, which is no error.
    let versions = |first, second| [("a", first), ("b", second), ("z", 1)];
    let remove =
        |versions: [(&str, i64); 3]| versions.map(|(key, v)| Article::remove(key.to_owned()).expect_version(v));
    let restore =
        |versions: [(&str, i64); 3]| versions.map(|(key, v)| Article::restore(key.to_owned()).expect_version(v));
    for stale in [versions(1, 99), versions(99, 1)] {
        let failed = Article::update_many(remove(stale)).exec(&db).await;
        assert!(matches!(failed, Err(Error::Stale { .. })), "{failed:?}");
        assert_eq!(read().await, before, "all or nothing");
        let failed = Article::update_many(remove(stale)).fetch(&db).await;
        assert!(matches!(failed, Err(Error::Stale { .. })), "{failed:?}");
    }
    assert_eq!(Article::update_many(remove(versions(1, 1))).exec(&db).await.expect("removes"), 2);
    let removed = read().await;
    let failed = Article::update_many(restore(versions(2, 99))).exec(&db).await;
    assert!(matches!(failed, Err(Error::Stale { .. })), "{failed:?}");
    assert_eq!(read().await, removed, "all or nothing");
    // A row that is live is not restored, whatever its version.
    let live =
        [Article::restore("a".to_owned()).expect_version(2), Article::restore("c".to_owned()).expect_version(99)];
    assert_eq!(Article::update_many(live).exec(&db).await.expect("restores"), 1);
}

#[tokio::test]
async fn an_upserted_row_names_its_own_actor() {
    let (_database, db) = warehouse().await;
    let db = db.as_actor("handle".to_owned());
    let row = |key: &str| Article::insert().sku(key).name("n");
    Article::insert_many(["a", "b"].map(row)).exec(&db).await.expect("inserts");
    let back = Article::upsert_many([row("a").actor("bob"), row("b")], Article::primary_key())
        .update_given()
        .fetch(&db)
        .await
        .expect("upserts");
    let actors = |rows: &[Article]| rows.iter().map(|row| row.audit.updated_by.clone()).collect::<Vec<_>>();
    assert_eq!(actors(&back), [Some("bob".to_owned()), Some("handle".to_owned())]);
    let back = Article::upsert_many([row("b").actor("eve"), row("a")], Article::primary_key())
        .on_update(Article::stock, 7)
        .actor("call")
        .fetch(&db)
        .await
        .expect("upserts");
    assert_eq!(actors(&back), [Some("eve".to_owned()), Some("call".to_owned())]);
    let alone = row("a").actor("bob").on_conflict(Article::primary_key()).update_given().exec(&db).await;
    assert_eq!(alone.expect("upserts").audit.updated_by.as_deref(), Some("bob"), "as for a single one");
}
