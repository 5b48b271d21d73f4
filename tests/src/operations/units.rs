//! Operations in transactions and nested transactions, and at their ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use schemata::model::Write;
use schemata::{Error, HasKey, Isolation, TableModel, Tx};

use crate::operations::{Operation, operations};
use crate::warehouse::{Event, Shelf};

const NOTHING: Error = Error::NotFound { table: "nothing" };

async fn add(tx: &Tx, aisle: i32) -> schemata::Result<()> {
    Shelf::insert().aisle(aisle).level("new").returning(()).exec(tx).await
}

/// Transactions, nested transactions, and their ends.
pub const UNITS: &[Operation] = operations! {
    "transaction" Writes |db| {
        db.transaction(|tx| async move {
            add(&tx, 9).await?;
            Shelf::update_where(Shelf::aisle.eq(1)).amount(1).exec(&tx).await
        }).await?
    }
    "transaction that fails" Reads |db| {
        let failed = db.transaction(|tx| async move {
            add(&tx, 9).await?;
            Err::<(), _>(NOTHING)
        }).await;
        match failed {
            Err(Error::NotFound { .. }) => "rolled back",
            Err(other) => return Err(other),
            Ok(()) => "committed",
        }
    }
    "transaction of batches" Writes |db| {
        db.transaction(|tx| async move {
            let rows = |from: i32| (from..from + 150).map(|aisle| Shelf::insert().aisle(aisle).level("new"));
            let many = Shelf::insert_many(rows(10)).exec(&tx).await?;
            let few = Shelf::insert_many(rows(500).take(4)).exec(&tx).await?;
            Ok::<_, Error>((many, few, Shelf::select().count(&tx).await?))
        }).await?
    }
    "nested transactions" Writes |db| {
        db.transaction(|tx| async move {
            add(&tx, 9).await?;
            tx.transaction(|tx| async move { add(&tx, 10).await }).await?;
            let undone = tx.transaction(|tx| async move {
                add(&tx, 11).await?;
                Err::<(), _>(NOTHING)
            }).await;
            match undone {
                Err(Error::NotFound { .. }) => add(&tx, 12).await,
                other => other,
            }
        }).await?;
    }
    "on_commit" Writes |db| {
        let ran = Arc::new(AtomicUsize::new(0));
        let hook = Arc::clone(&ran);
        let outcome = db.transaction(|tx| async move {
            tx.on_commit(move || hook.store(1, Ordering::SeqCst))?;
            add(&tx, 9).await
        }).await;
        assert_eq!(ran.load(Ordering::SeqCst), usize::from(outcome.is_ok()), "the hook follows a commit, and nothing else");
        outcome?;
    }
    "serializable with retries" Writes |db| {
        let builder = db.transaction_builder().isolation(Isolation::Serializable);
        builder.run_with_retry(3, |tx| async move {
            let rows = Event::select().count(&tx).await?;
            Event::insert().source("n").number(1).note("after").returning(()).exec(&tx).await?;
            Ok::<_, Error>(rows)
        }).await?
    }
    // Its COMMIT counts like any other.
    "read-only transaction" Unknown |db| {
        db.transaction_builder().read_only().run(|tx| async move { Shelf::select().count(&tx).await }).await?
    }
    "locked rows" Writes |db| {
        db.transaction(|tx| async move {
            let row = Shelf::select().filter(Shelf::aisle.eq(2)).for_update().fetch_one(&tx).await?;
            Shelf::update(row.key()).amount(row.amount + 1).exec(&tx).await
        }).await?.map(|row| row.amount)
    }
};
