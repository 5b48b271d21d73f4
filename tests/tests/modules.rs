//! Modules run in the order of their foreign keys, and every command shows the same order.

use schemata::migrate::{
    MigrateError, Migration, MigrationEntry, MigrationFn, MigrationResult, MigrationSet, Migrator,
};
use schemata::prelude::*;
use schemata::{Ident, tables};
use schemata_tests::fresh_database;

/// A customer of module `crm`.
#[allow(dead_code)]
#[derive(TableModel)]
#[table(name = "customers")]
struct Customer {
    #[column(primary_key)]
    id: i64,
}

/// An order of module `app`, which depends on `crm`.
#[allow(dead_code)]
#[derive(TableModel)]
#[table(name = "orders")]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(references = Customer::id)]
    customer_id: i64,
}

async fn customers(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Customer]).await
}

async fn orders(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Order]).await
}

async fn notes(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE notes (id int PRIMARY KEY)").await?;
    Ok(())
}

async fn favourites(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("customers").add_column("favourite", "bigint REFERENCES orders (id)").await
}

const fn entry(module: &'static str, id: &'static str, run: MigrationFn) -> MigrationEntry {
    MigrationEntry::new(module, id, run, file!(), line!())
}

const CUSTOMERS: MigrationEntry = entry("crm", "0007_customers", |m| Box::pin(customers(m)));
const ORDERS: MigrationEntry = entry("app", "0001_orders", |m| Box::pin(orders(m)));
const NOTES: MigrationEntry = entry("notes", "0002_notes", |m| Box::pin(notes(m)));
const FAVOURITES: MigrationEntry = entry("crm", "0008_favourites", |m| Box::pin(favourites(m)));

fn migrator(entries: &[MigrationEntry]) -> Migrator {
    Migrator::new(MigrationSet::new(entries.iter().copied()).expect("distinct ids"))
}

#[tokio::test]
async fn a_module_runs_after_the_one_its_tables_reference_and_every_command_says_so() {
    let database = fresh_database().await;
    let url = database.url();
    let expected = ["0002_notes", "0007_customers", "0001_orders"];
    for schema in ["public", "Tenant \"7\""] {
        let all = || migrator(&[CUSTOMERS, ORDERS, NOTES]).schema(Ident::new(schema).expect("short"));
        let planned: Vec<_> = all().plan(url).await.expect("plans").iter().map(|migration| migration.id).collect();
        assert_eq!(planned, expected);
        let status: Vec<_> = all().status(url).await.expect("reads").into_iter().map(|state| state.id).collect();
        assert_eq!(status, expected);
        let checked = all().check(url, &tables![Customer, Order]).await.expect("replays");
        assert_eq!(checked.pending, expected);
        assert_eq!(all().run(url).await.expect("customers before orders").applied, expected);
    }
}

#[tokio::test]
async fn modules_that_need_each_other_are_refused_with_both_foreign_keys() {
    let database = fresh_database().await;
    let error = migrator(&[CUSTOMERS, ORDERS, FAVOURITES]).run(database.url()).await.expect_err("a cycle");
    let MigrateError::ModuleCycle { links } = &error else { panic!("{error:?}") };
    assert_eq!(links.len(), 2);
    assert_eq!(
        error.to_string(),
        "the modules app and crm cannot be ordered, since their tables depend on each other: \
         app.orders.customer_id → crm.customers, crm.customers.favourite → app.orders; add one of these foreign keys in a \
         module of its own, which then runs after both"
    );
    let glue = entry("glue", "0008_favourites", |m| Box::pin(favourites(m)));
    let report = migrator(&[CUSTOMERS, ORDERS, glue]).run(database.url()).await.expect("as the message says");
    assert_eq!(report.applied, ["0007_customers", "0001_orders", "0008_favourites"]);
}
