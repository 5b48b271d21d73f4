//! The code of the guide's page on busy databases, compiled and run. `docs.rs` checks that the page shows what stands here.

use std::time::Duration;

use schemata::migrate::{Event, MigrationSet, Migrator};
use schemata::prelude::*;
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;

#[migration("0001_orders")]
async fn orders(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(
        "CREATE TYPE order_kind AS ENUM ('sale'); CREATE TABLE orders (id int PRIMARY KEY, kind order_kind); \
         INSERT INTO orders SELECT n, 'sale' FROM generate_series(1, 3000) n; CREATE TABLE archive (id int PRIMARY KEY)",
    )
    .await?;
    Ok(())
}

#[migration("0002_add_order_status")]
async fn add_order_status(m: &mut Migration<'_>) -> MigrationResult {
    m.add_enum_value("order_kind", "return").before("sale").await?;
    m.alter_table("orders").add_column("status", "varchar(20)").set_default("status", "'pending'").await?;
    m.backfill("orders").set("status = 'pending'").filter("status IS NULL").batch(1_000).await?;
    m.create_index("orders_open_idx", "orders (id) WHERE status <> 'done'").concurrently().await
}

#[migration("0003_orders_have_a_status")]
async fn orders_have_a_status(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("orders").add_constraint("orders_status_not_null", "CHECK (status IS NOT NULL) NOT VALID").await?;
    m.commit().await?;
    m.alter_table("orders")
        .validate_constraint("orders_status_not_null")
        .set_not_null("status")
        .drop_constraint("orders_status_not_null")
        .await
}

#[migration("0004_longer_archive_ids")]
async fn longer_archive_ids(m: &mut Migration<'_>) -> MigrationResult {
    m.allow("only the nightly report reads the archive").alter_table("archive").set_type("id", "bigint").await
}

#[tokio::test]
async fn on_a_busy_database() -> Result<(), Box<dyn std::error::Error>> {
    let database = fresh_database().await;
    let url = database.url();
    let applied = Migrator::new(MigrationSet::linked()?).to("0001_orders").run(url).await?.applied;
    assert_eq!(applied, ["0001_orders"]);
    let client = connect(url).await;
    client.batch_execute("INSERT INTO archive SELECT generate_series(1, 3000); ANALYZE").await?;

    let migrator = Migrator::new(MigrationSet::linked()?)
        .lock_timeout(Duration::from_secs(2))
        .statement_timeout(Duration::from_secs(60))
        .large(1_000)
        .observe(|event| {
            if let Event::Blocked { id, blockers } = event {
                for blocker in blockers {
                    eprintln!("{id} waits for {blocker}");
                }
            }
        });
    let applied = migrator.run(url).await?.applied;

    assert_eq!(applied, ["0002_add_order_status", "0003_orders_have_a_status", "0004_longer_archive_ids"]);
    let pending = client.query_one("SELECT count(*) FROM orders WHERE status = 'pending'", &[]).await?;
    assert_eq!(pending.get::<_, i64>(0), 3000);
    Ok(())
}
