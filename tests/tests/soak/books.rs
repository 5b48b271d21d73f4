//! Records what the load knows of each of its orders, and compares that with what is stored at the end.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use schemata::ErrorKind;
use schemata_tests::catalog::connect;

use crate::error::ServiceError;

/// How a write ended, as its caller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// It was not tried.
    Untried,
    /// `Ok`.
    Done,
    /// An error that says that nothing was written.
    Nothing,
    /// An unknown outcome, or a future that was dropped.
    Unknown,
}

impl Told {
    /// Returns what a caller knows from this outcome; `None` is a dropped future.
    ///
    /// # Panics
    /// When the error is one that no fault explains.
    pub fn by<T>(outcome: Option<&Result<T, ServiceError>>, what: &str) -> Self {
        match outcome {
            None => Self::Unknown,
            Some(Ok(_)) => Self::Done,
            Some(Err(ServiceError::Database(error))) => match error.kind() {
                ErrorKind::OutcomeUnknown => Self::Unknown,
                ErrorKind::Connection
                | ErrorKind::Timeout
                | ErrorKind::Cancelled
                | ErrorKind::LockNotAvailable
                | ErrorKind::Deadlock
                | ErrorKind::StaleStatement => Self::Nothing,
                other => panic!("{what}: {other:?}: {error:?}"),
            },
            Some(Err(error)) => panic!("{what}: {error}"),
        }
    }
}

/// An order, or a batch of imported ones.
#[derive(Debug, Clone, Copy)]
struct Entry {
    placed: Told,
    shipped: Told,
    cancelled: Told,
    /// The number of rows of an import; an order is one.
    rows: u16,
}

/// The records. An order's number is its position here.
#[derive(Default)]
pub struct Books(Mutex<Vec<Entry>>);

impl Books {
    /// Returns the next number; the order is not known to be placed.
    pub fn next(&self, rows: u16) -> usize {
        let entry = Entry { placed: Told::Unknown, shipped: Told::Untried, cancelled: Told::Untried, rows };
        self.with(|all| {
            all.push(entry);
            all.len() - 1
        })
    }

    pub fn placed(&self, number: usize, told: Told) {
        self.with(|all| all[number].placed = told);
    }

    pub fn shipped(&self, number: usize, told: Told) {
        self.with(|all| all[number].shipped = told);
    }

    pub fn cancelled(&self, number: usize, told: Told) {
        self.with(|all| all[number].cancelled = told);
    }

    /// Returns how many orders and imports were done.
    pub fn done(&self) -> usize {
        self.with(|all| all.iter().filter(|entry| entry.placed == Told::Done).count())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Compares every entry with the database.
    ///
    /// # Panics
    /// When an entry differs from what its caller was told.
    pub async fn audit(&self, url: &str) {
        let sql = "SELECT split_part(order_number, '-', 1), count(*),
                          bool_and(status = 'imported' OR order_total = items.total), bool_or(status = 'shipped')
                   FROM orders o
                   CROSS JOIN LATERAL (SELECT coalesce(sum(quantity * unit_price), 0) AS total FROM order_items
                                       WHERE order_id = o.id) items
                   GROUP BY 1";
        let client = connect(url).await;
        let rows = client.query(sql, &[]).await.expect("reads");
        let stored: BTreeMap<String, (i64, bool, bool)> =
            rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3)))).collect();
        let entries = self.with(std::mem::take);
        for (number, entry) in entries.iter().enumerate() {
            let found = stored.get(&format!("n{number}")).copied();
            let told = format!("order {number}: {entry:?}, stored: {found:?}");
            let whole = found.is_none_or(|(rows, sums_agree, _)| rows == i64::from(entry.rows) && sums_agree);
            assert!(whole, "all or nothing: {told}");
            let there = found.is_some();
            match (entry.placed, entry.cancelled) {
                (Told::Done, Told::Untried | Told::Nothing) => assert!(there, "it was placed: {told}"),
                (Told::Nothing, _) => assert!(!there, "nothing was written: {told}"),
                (_, Told::Done) => assert!(!there, "it was cancelled: {told}"),
                _ => {}
            }
            match (found, entry.shipped) {
                (Some((.., shipped)), Told::Done) => assert!(shipped, "it was shipped: {told}"),
                (Some((.., shipped)), Told::Untried | Told::Nothing) => assert!(!shipped, "it was not shipped: {told}"),
                _ => {}
            }
        }
        let strangers =
            stored.len() - entries.iter().enumerate().filter(|(n, _)| stored.contains_key(&format!("n{n}"))).count();
        assert_eq!(strangers, 0, "orders that nobody placed");
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|all| {
            for (name, of) in [
                ("placed", (|entry| entry.placed) as fn(&Entry) -> Told),
                ("shipped", |entry| entry.shipped),
                ("cancelled", |entry| entry.cancelled),
            ] {
                let count = |told| all.iter().filter(|entry| of(entry) == told).count();
                let [done, nothing, unknown] = [Told::Done, Told::Nothing, Told::Unknown].map(count);
                writeln!(f, "{name}: {done} done, {nothing} refused or lost before, {unknown} unknown or dropped")?;
            }
            Ok(())
        })
    }
}
