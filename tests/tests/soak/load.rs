//! The load: places, imports, ships, cancels, lists and shows orders, all at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rust_decimal::Decimal;
use schemata::{Db, Executor, RawSql};
use schemata_tests::dice::Dice;

use crate::books::{Books, Told};
use crate::error::ServiceError;
use crate::placing::{self, NewItem};
use crate::service;

type Result<T> = std::result::Result<T, ServiceError>;

/// How long a caller waits at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs one worker until it is told to stop.
pub async fn work(db: Db, books: Arc<Books>, stop: Arc<AtomicBool>, seed: u64) {
    let mut dice = Dice::new(seed);
    while !stop.load(Ordering::SeqCst) {
        match dice.roll(10) {
            0..5 => Box::pin(order(&db, &books, &mut dice)).await,
            5 => import(&db, &books, &mut dice).await,
            6 => list(&db, &mut dice).await,
            _ => ask(&db, &mut dice).await,
        }
    }
}

/// Runs `work` and returns its result. Some callers give up at once, and all do after some time.
async fn attempt<T>(dice: &mut Dice, work: impl Future<Output = Result<T>>) -> Option<Result<T>> {
    let patience = if dice.once_in(30) { Duration::from_micros(dice.roll(4_000)) } else { PATIENCE };
    tokio::time::timeout(patience, Box::pin(work)).await.ok()
}

async fn order(db: &Db, books: &Books, dice: &mut Dice) {
    // A large batch, sometimes.
    let items = if dice.once_in(20) { 120 } else { 1 + dice.roll(5) };
    let items = (0..items).map(|n| NewItem {
        sku: format!("sku-{n}"),
        quantity: 1 + i32::try_from(dice.roll(9)).expect("small"),
        unit_price: Decimal::new(i64::try_from(dice.roll(10_000)).expect("small"), 2),
    });
    let (items, number) = (items.collect::<Vec<_>>(), books.next(1));
    let name = format!("n{number}");
    let placed = attempt(dice, placing::place_order(db, "ada@example.com", &name, items.clone())).await;
    let told = Told::by(placed.as_ref(), "place_order");
    books.placed(number, told);
    if told != Told::Done {
        return;
    }
    if dice.once_in(2) {
        show(db, &name, &items, dice).await;
    }
    if dice.once_in(2) {
        let shipped = attempt(dice, service::ship(db, &name)).await;
        books.shipped(number, Told::by(shipped.as_ref(), "ship"));
    }
    if !dice.once_in(4) {
        let cancelled = attempt(dice, service::cancel(db, &name)).await;
        books.cancelled(number, Told::by(cancelled.as_ref(), "cancel"));
    }
}

/// Checks that each answer belongs to its own request.
async fn show(db: &Db, name: &str, items: &[NewItem], dice: &mut Dice) {
    let shown = attempt(dice, service::show(db, name)).await;
    Told::by(shown.as_ref(), "show");
    if let Some(Ok((order, customer, found))) = shown {
        assert_eq!((order.order_number.as_str(), customer.email.as_str()), (name, "ada@example.com"));
        assert_eq!(found.len(), items.len(), "{name}");
        let sum: Decimal = found.iter().map(|item| item.unit_price * Decimal::from(item.quantity)).sum();
        assert_eq!(sum, order.order_total, "{name}");
        assert!(found.iter().all(|item| item.order_id == order.id), "{name}");
    }
}

async fn import(db: &Db, books: &Books, dice: &mut Dice) {
    let number = books.next(110);
    let orders = (0..110).map(|n| (format!("n{number}-{n}"), Decimal::new(n, 2))).collect();
    let imported = attempt(dice, placing::import(db, "ada@example.com", orders)).await;
    if let Some(Ok(rows)) = &imported {
        assert_eq!(*rows, 110);
    }
    books.placed(number, Told::by(imported.as_ref(), "import"));
}

async fn list(db: &Db, dice: &mut Dice) {
    let spent = attempt(dice, service::turnover(db, "ada@example.com", None)).await;
    Told::by(spent.as_ref(), "turnover");
    if let Some(Ok(months)) = spent {
        assert!(months.iter().all(|month| month.orders > 0), "no month without an order");
    }
    let status = *dice.pick(&[None, Some("shipped"), Some("imported")].each_ref());
    let first = attempt(dice, service::list(db, status, 20, None, None)).await;
    Told::by(first.as_ref(), "list");
    let Some(Ok(first)) = first else { return };
    assert!(first.rows.iter().all(|order| status.is_none_or(|status| order.status == status)));
    let Some(next) = first.next else { return };
    let second = attempt(dice, service::list(db, status, 20, Some(&next), None)).await;
    Told::by(second.as_ref(), "list");
    if let Some(Ok(second)) = second {
        let last = first.rows.last().map(|order| order.placed_at);
        assert!(second.rows.iter().all(|order| Some(order.placed_at) <= last), "newest first, page after page");
    }
}

/// Runs a statement with a text of its own, for which the connection's other statements make room.
async fn ask(db: &Db, dice: &mut Dice) {
    let (text, value) = (dice.roll(200), i32::try_from(dice.roll(1_000)).expect("small"));
    let sql = RawSql::trusted(format!("SELECT {text} AS text, $1::int AS value"));
    let asked = attempt(dice, async { Ok(db.query_as::<(i32, i32)>(sql, &[&value]).fetch_one().await?) });
    if let Some(Ok((found, same))) = asked.await {
        assert_eq!((u64::try_from(found), same), (Ok(text), value), "its own answer");
    }
}
