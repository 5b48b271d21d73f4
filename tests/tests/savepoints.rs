//! Nested transactions: rolled back alone, committed together, and refused after their end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use schemata::{Db, Error, Executor, Tx};
use schemata_tests::runtime::{add, emails, shop_db};

#[tokio::test]
async fn a_nested_failure_undoes_its_own_work_only() {
    let (_database, db) = shop_db().await;
    db.transaction(|tx| async move {
        add(&tx, "outer").await?;
        let inner: schemata::Result<()> = tx
            .transaction(|tx| async move {
                add(&tx, "inner").await?;
                add(&tx, "outer").await.map(drop)
            })
            .await;
        assert!(inner.expect_err("taken").is_unique_violation());
        tx.transaction(|tx| async move {
            add(&tx, "second").await?;
            tx.transaction(|tx| async move { add(&tx, "third").await.map(drop) }).await
        })
        .await?;
        add(&tx, "last").await.map(drop)
    })
    .await
    .expect("commits");
    assert_eq!(emails(&db).await, ["last", "outer", "second", "third"]);
}

#[tokio::test]
async fn a_swallowed_error_does_not_pass_for_a_kept_savepoint() {
    let (_database, db) = shop_db().await;
    db.transaction(|tx| async move {
        add(&tx, "outer").await?;
        let inner: schemata::Result<()> = tx
            .transaction(|tx| async move {
                add(&tx, "inner").await?;
                let _ = add(&tx, "outer").await;
                Ok(())
            })
            .await;
        assert!(matches!(inner, Err(Error::Transaction { step: "release", .. })), "{inner:?}");
        add(&tx, "last").await.map(drop)
    })
    .await
    .expect("commits");
    assert_eq!(emails(&db).await, ["last", "outer"]);
}

async fn dropped_half_way(tx: &Tx) -> schemata::Result<()> {
    let endless = tx.transaction(|tx| async move {
        add(&tx, "dropped").await?;
        tx.transaction(|tx| async move {
            add(&tx, "dropped, too").await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<(), Error>(())
        })
        .await
    });
    assert!(tokio::time::timeout(Duration::from_millis(100), endless).await.is_err());
    Ok(())
}

#[tokio::test]
async fn nested_work_that_is_dropped_is_undone_and_the_outer_goes_on() {
    let (_database, db) = shop_db().await;
    db.transaction(|tx| async move {
        add(&tx, "outer").await?;
        dropped_half_way(&tx).await?;
        assert_eq!(emails(&tx).await, ["outer"]);
        dropped_half_way(&tx).await?;
        tx.transaction(|tx| async move { add(&tx, "kept").await.map(drop) }).await?;
        dropped_half_way(&tx).await
    })
    .await
    .expect("commits");
    assert_eq!(emails(&db).await, ["kept", "outer"]);
}

#[tokio::test]
async fn nested_work_that_panics_is_undone() {
    let (_database, db) = shop_db().await;
    db.transaction(|tx| async move {
        let nested = tx.clone();
        let task = tokio::spawn(async move {
            nested
                .transaction(|tx| async move {
                    add(&tx, "panicked").await?;
                    assert!(emails(&tx).await.is_empty(), "on purpose");
                    Ok::<(), Error>(())
                })
                .await
        });
        assert!(task.await.expect_err("panics").is_panic());
        add(&tx, "outer").await.map(drop)
    })
    .await
    .expect("commits");
    assert_eq!(emails(&db).await, ["outer"]);
}

#[tokio::test]
async fn only_the_innermost_handle_works() {
    let (_database, db) = shop_db().await;
    db.transaction(|tx| async move {
        let outer = tx.clone();
        let escaped: Tx = tx
            .transaction(|inner| async move {
                assert!(matches!(add(&outer, "x").await, Err(Error::TransactionNested)));
                let second: schemata::Result<()> = outer.transaction(|_| async { Ok(()) }).await;
                assert!(matches!(second, Err(Error::TransactionNested)));
                Ok::<_, Error>(inner)
            })
            .await?;
        assert!(matches!(add(&escaped, "x").await, Err(Error::TransactionEnded)));
        add(&tx, "outer").await.map(drop)
    })
    .await
    .expect("commits");
    assert_eq!(emails(&db).await, ["outer"]);
}

#[tokio::test]
async fn a_nested_transaction_nobody_waits_for_is_not_committed() {
    let (_database, db) = shop_db().await;
    db.transaction(|tx| async move {
        add(&tx, "outer").await?;
        let (nested, (ready, begun)) = (tx.clone(), tokio::sync::oneshot::channel());
        tokio::spawn(async move {
            let work = |tx| async move {
                add(&tx, "stray").await?;
                let _ = ready.send(());
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok::<(), Error>(())
            };
            nested.transaction(work).await
        });
        begun.await.expect("begins");
        Ok::<(), Error>(())
    })
    .await
    .expect("commits");
    assert_eq!(emails(&db).await, ["outer"]);
}

#[tokio::test]
async fn hooks_run_after_commit_and_only_for_what_was_kept() {
    let (_database, db) = shop_db().await;
    let counted = Arc::new(AtomicUsize::new(0));
    let count = |tx: &Tx, by: usize| {
        let counted = Arc::clone(&counted);
        tx.on_commit(move || {
            counted.fetch_add(by, Ordering::SeqCst);
        })
    };
    db.transaction(|tx| {
        let (counted, count) = (&counted, &count);
        async move {
            count(&tx, 1)?;
            let undone: schemata::Result<()> =
                tx.transaction(|tx| async move { count(&tx, 10).and(Err(Error::TransactionEnded)) }).await;
            assert!(undone.is_err());
            tx.transaction(|tx| async move { count(&tx, 100) }).await?;
            assert_eq!(counted.load(Ordering::SeqCst), 0, "not before COMMIT");
            Ok::<(), Error>(())
        }
    })
    .await
    .expect("commits");
    assert_eq!(counted.load(Ordering::SeqCst), 101);
    let failed: schemata::Result<()> =
        db.transaction(|tx| async move { tx.on_commit(|| panic!("never")).and(Err(Error::TransactionEnded)) }).await;
    assert!(failed.is_err());
}

/// A function like a web handler: generic over its executor, spawned, nested.
async fn handler<E: Executor + Send + Clone + 'static>(db: Db, on: E) -> schemata::Result<usize> {
    let before = emails(&on).await.len();
    db.transaction(|tx| async move {
        tx.transaction(|tx| async move { add(&tx, "nested").await.map(drop) }).await?;
        tx.query_as::<(i64,)>("SELECT 1::bigint", &[]).await?;
        tx.execute_sql("SELECT 1", &[]).await.map(drop)
    })
    .await?;
    Ok(before)
}

#[tokio::test]
async fn every_future_is_send() {
    let (_database, db) = shop_db().await;
    let task = tokio::spawn(handler(db.clone(), db.clone()));
    assert_eq!(task.await.expect("runs").expect("works"), 0);
    let spawned = db.clone();
    let task = tokio::spawn(async move {
        spawned.transaction_builder().run_with_retry(1, |tx| async move { add(&tx, "s").await.map(drop) }).await
    });
    task.await.expect("runs").expect("commits");
    assert_eq!(emails(&db).await, ["nested", "s"]);
}
