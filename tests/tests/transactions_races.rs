//! Calls on a transaction's handle from other tasks while the transaction ends.

use std::time::Duration;

use schemata::migrate::Migrator;
use schemata::model::Write;
use schemata::{Db, Error, Executor, TableModel};
use schemata_tests::shop::{self, INITIAL, first::Customer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_of_a_clone_never_outlives_the_rollback() {
    let database = schemata_tests::fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    for round in 0..60_u64 {
        // A fresh pool: the statement is prepared first, and the ROLLBACK may come between preparing and running.
        let db = Db::connect(database.url()).await.expect("connects");
        let undone: Result<(), Error> = db
            .transaction(|tx| async move {
                let clone = tx.clone();
                drop(tokio::spawn(async move {
                    Customer::insert().email(format!("{round}@x")).full_name("N").exec(&clone).await
                }));
                tokio::time::sleep(Duration::from_micros(round * 20)).await;
                Err(Error::NotFound { table: "nothing" })
            })
            .await;
        assert!(undone.is_err());
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let db = Db::connect(database.url()).await.expect("connects");
    assert_eq!(Customer::select().count(&db).await.expect("counts"), 0);
}

async fn add(on: &impl Executor, email: &str) -> Result<Customer, Error> {
    Customer::insert().email(email).full_name("N").exec(on).await
}

/// Two rows, a nested transaction and a batch: everything a transaction waits for.
async fn work(db: &Db, round: u64) -> Result<(), Error> {
    db.transaction(|tx| async move {
        add(&tx, &format!("{round}-a")).await?;
        let nested = tx.transaction(|tx| async move {
            add(&tx, &format!("{round}-n")).await?;
            if round.is_multiple_of(2) { Ok(()) } else { Err(Error::NotFound { table: "nothing" }) }
        });
        let _ = nested.await;
        let batch = ["b", "c"].map(|name| Customer::insert().email(format!("{round}-{name}")).full_name("N"));
        Customer::insert_many(batch).exec(&tx).await.map(drop)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_it_is_dropped_a_transaction_is_whole_or_not_at_all() {
    let database = schemata_tests::fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    let db = Db::builder(database.url()).max_connections(3).connect().await.expect("connects");
    // Measures how long this takes on this machine, including making a connection.
    let started = std::time::Instant::now();
    for round in 1_000..1_003 {
        let db = Db::connect(database.url()).await.expect("connects");
        work(&db, round).await.expect("runs");
    }
    let alone = started.elapsed() / 3;
    let mut finished = 3;
    for round in 0..200 {
        let work = tokio::time::timeout(alone * round / 50, work(&db, round.into()));
        finished += usize::from(work.await.is_ok());
    }
    assert!((4..203).contains(&finished), "some were dropped, and some not: {finished}");
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    for _ in 0..100 {
        if db.query_as::<(i64,)>(open, &[]).fetch_one().await.expect("reads").0 == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(db.query_as::<(i64,)>(open, &[]).await.expect("reads"), [(0,)], "none is left open");
    let rows = Customer::select().columns(Customer::email).fetch(&db).await.expect("reads");
    let of = |name: &str| rows.iter().filter(|email| email.ends_with(name)).count();
    assert!(of("-a") >= finished && of("-a") == of("-b") && of("-b") == of("-c"), "{rows:?}");
    let nested = rows.iter().filter_map(|email| email.strip_suffix("-n")?.parse::<u64>().ok());
    assert!(nested.clone().all(|round| round.is_multiple_of(2) && rows.contains(&format!("{round}-a"))), "{rows:?}");
}

/// A call of a transaction is waiting for its statement to be prepared when a nested transaction begins: it belongs to the outer one.
#[tokio::test]
async fn what_began_before_a_nested_transaction_is_not_undone_with_it() {
    let database = schemata_tests::fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    let outer = db.transaction(|tx| async move {
        tx.query_as::<(i32,)>("SELECT 1", &[]).fetch_one().await?;
        let nested = tx.transaction(|tx| async move {
            tx.execute_sql("SELECT 1 / 0", &[]).await?;
            Ok::<_, Error>(())
        });
        let (inserted, undone) = tokio::join!(add(&tx, "kept@x"), nested);
        assert!(undone.is_err());
        inserted
    });
    outer.await.expect("commits");
    assert_eq!(Customer::select().count(&db).await.expect("counts"), 1, "the insert said Ok");
}

/// Tasks that share a handle begin nested transactions and make calls; each outcome is true, whatever the order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_and_nested_transactions_of_one_handle_keep_their_word() {
    let database = schemata_tests::fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    for round in 0..40 {
        let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
        let promised = db.transaction(|tx| async move {
            let mut tasks = Vec::new();
            for task in 0..6 {
                let (tx, email) = (tx.clone(), format!("{round}-{task}@x"));
                tasks.push(tokio::spawn(async move {
                    let outcome = match task % 3 {
                        0 => add(&tx, &email).await.map(drop),
                        1 => tx.transaction(|tx| async move { add(&tx, &email).await.map(drop) }).await,
                        _ => {
                            let nested = tx.transaction(|tx| async move {
                                add(&tx, &email).await?;
                                Err::<(), _>(Error::NotFound { table: "nothing" })
                            });
                            nested.await
                        }
                    };
                    (task, outcome)
                }));
            }
            let mut promised = 0;
            for task in tasks {
                let (task, outcome) = task.await.expect("no panic");
                match outcome {
                    Ok(()) => promised += 1,
                    Err(Error::TransactionNested) => {}
                    Err(Error::NotFound { .. }) if task % 3 == 2 => {}
                    Err(other) => panic!("round {round}, task {task}: {other:?}"),
                }
            }
            Ok::<_, Error>(promised)
        });
        let promised: i64 = promised.await.expect("commits");
        let like = format!("{round}-%");
        let stored = Customer::select().filter(Customer::email.like(like.as_str())).count(&db).await.expect("counts");
        assert_eq!(stored, promised, "round {round}");
    }
}
