//! Shared by the tests of the runtime: the shop's first tables and customers.

use schemata::migrate::Migrator;
use schemata::model::Write;
use schemata::testing::TestDatabase;
use schemata::{Db, Executor, TableModel};

use crate::shop::{self, INITIAL, first::Customer};

/// Creates a database with the shop's first tables.
///
/// # Panics
/// When it cannot be made.
pub async fn shop_database() -> TestDatabase {
    let database = crate::fresh_database().await;
    Migrator::new(shop::set(&[INITIAL])).run(database.url()).await.expect("applies");
    database
}

/// Creates the same database and connects a pool to it.
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
/// Those of the insert.
pub async fn add(on: &(impl Executor + ?Sized), email: &str) -> schemata::Result<Customer> {
    Customer::insert().email(email).full_name("N").exec(on).await
}

/// Returns all customers' addresses, sorted.
///
/// # Panics
/// When they cannot be read.
pub async fn emails(on: &(impl Executor + ?Sized)) -> Vec<String> {
    let rows = Customer::select().order_by(Customer::email.asc()).fetch(on).await.expect("reads");
    rows.into_iter().map(|row| row.email).collect()
}
