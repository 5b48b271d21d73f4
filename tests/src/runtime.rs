//! What the tests of the runtime share: the shop's first tables, customers, and a server process of their own.

use schemata::migrate::Migrator;
use schemata::model::Write;
use schemata::testing::TestDatabase;
use schemata::{Db, Executor, TableModel};

use crate::shop::{self, INITIAL, first::Customer};

/// A database with the shop's first tables.
///
/// # Panics
/// When it cannot be made.
pub async fn shop_database() -> TestDatabase {
    let database = crate::fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    database
}

/// The same, and a handle on it.
///
/// # Panics
/// When it cannot be made.
pub async fn shop_db() -> (TestDatabase, Db) {
    let database = shop_database().await;
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

/// Adds a customer.
///
/// # Errors
/// As the insert.
pub async fn add(on: &(impl Executor + ?Sized), email: &str) -> schemata::Result<Customer> {
    Customer::insert().email(email).full_name("N").exec(on).await
}

/// All customers' addresses, sorted.
///
/// # Panics
/// When they cannot be read.
pub async fn emails(on: &(impl Executor + ?Sized)) -> Vec<String> {
    let rows = Customer::select().order_by(Customer::email.asc()).fetch(on).await.expect("reads");
    rows.into_iter().map(|row| row.email).collect()
}
