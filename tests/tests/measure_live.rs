//! `plan --measure` on databases that have more than their migrations made: everything that depends on a table takes part,
//! whoever made it.

use schemata::Ident;
use schemata::migrate::{MigrateError, MigrationEntry, Migrator};
use schemata::prove::Measured;
use schemata_tests::catalog::connect;
use schemata_tests::errors::with_causes;
use schemata_tests::migration;
use schemata_tests::{fresh_database, shop};

async fn measured(url: &str, entries: &[MigrationEntry]) -> Result<Measured, MigrateError> {
    Migrator::new(shop::set(entries)).measure(url).await
}

fn base() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute(
            "CREATE TABLE plans (id int PRIMARY KEY, code text NOT NULL);
             INSERT INTO plans VALUES (1, 'free');
             CREATE TABLE orders (id int PRIMARY KEY, number text, total int, plan int REFERENCES plans,
             CONSTRAINT one_number UNIQUE (number))",
        )
        .await?;
    })
}

/// The migration that `generate` writes when a unique constraint gets another column.
fn another_index() -> MigrationEntry {
    migration!("0002", |m| {
        m.create_index("one_number_new", "orders (number, total)").unique().concurrently().await?;
        m.alter_table("orders")
            .drop_constraint("one_number")
            .add_constraint("one_number", "UNIQUE USING INDEX one_number_new")
            .await?;
    })
}

#[tokio::test]
async fn an_index_that_becomes_a_constraint_is_not_built_anew() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[base()])).run(database.url()).await.expect("applies");
    let measured = measured(database.url(), &[base(), another_index()]).await.expect("measures");
    assert!(measured.is_safe(), "{measured:#?}");
    let effects = measured.migrations[0].statements.iter().flat_map(|statement| &statement.effects);
    assert!(effects.clone().all(|effect| effect.rebuilt.is_empty() && !effect.rewritten), "{measured:#?}");
}

fn drops() -> MigrationEntry {
    migration!("0002", |m| {
        m.alter_table("orders").drop_column("total").await?;
    })
}

#[tokio::test]
async fn what_depends_on_a_column_stops_the_measurement_as_it_would_stop_the_migration() {
    for (made, named) in [
        ("CREATE VIEW busy AS SELECT total FROM orders", "view busy"),
        ("CREATE MATERIALIZED VIEW sums AS SELECT sum(total) FROM orders", "materialized view sums"),
        ("CREATE POLICY own ON orders USING (total > 0)", "policy own on table orders"),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
             CREATE TRIGGER t BEFORE UPDATE OF total ON orders FOR EACH ROW EXECUTE FUNCTION f()",
            "trigger t on table orders",
        ),
        (
            "CREATE SCHEMA reports; CREATE VIEW reports.a AS SELECT id, total FROM orders;
             CREATE VIEW reports.b AS SELECT total FROM reports.a",
            "view reports.a",
        ),
        (
            "ALTER TABLE orders ADD COLUMN late int; CREATE VIEW busy AS SELECT late + total AS x FROM orders",
            "view busy",
        ),
        (
            "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(total) FROM orders; END",
            "function f()",
        ),
    ] {
        let database = fresh_database().await;
        Migrator::new(shop::set(&[base()])).run(database.url()).await.expect("applies");
        let client = connect(database.url()).await;
        let major: i32 = client
            .query_one("SELECT current_setting('server_version_num')::int / 10000", &[])
            .await
            .expect("a row")
            .get(0);
        if made.contains("ATOMIC") && major < 14 {
            continue;
        }
        client.batch_execute(made).await.expect("creates");
        let error = measured(database.url(), &[base(), drops()]).await.expect_err(named);
        let text = with_causes(&error);
        assert!(text.starts_with("a pending migration fails on this database"), "{text}");
        assert!(text.contains(named), "{text}\nshould name {named}");
        // The migration would fail in the same way: the live database reports the same error.
        let live = Migrator::new(shop::set(&[base(), drops()])).run(database.url()).await.expect_err(named);
        assert!(with_causes(&live).contains(named), "{}", with_causes(&live));
    }
}

#[tokio::test]
async fn a_foreign_key_of_another_schema_counts() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[base()])).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "CREATE SCHEMA billing; CREATE TABLE billing.bills (id int PRIMARY KEY, plan int REFERENCES public.plans)",
        )
        .await
        .expect("creates");
    let drops = migration!("0002", |m| {
        m.execute("ALTER TABLE plans DROP CONSTRAINT plans_pkey CASCADE; ALTER TABLE plans ADD PRIMARY KEY (id)")
            .await?;
    });
    let measured = measured(database.url(), &[base(), drops]).await.expect("measures");
    let locked: Vec<&str> =
        measured.migrations[0].statements[0].effects.iter().map(|effect| effect.table.as_str()).collect();
    assert!(locked.contains(&"billing.bills"), "{locked:?}");
    assert_eq!(measured.unseen, Vec::<String>::new());
}

#[tokio::test]
async fn a_column_list_of_a_publication_counts() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[base()])).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    let major: i32 =
        client.query_one("SELECT current_setting('server_version_num')::int / 10000", &[]).await.expect("a row").get(0);
    if major < 15 {
        return assert!(client.batch_execute("CREATE PUBLICATION p FOR TABLE orders (id, total)").await.is_err());
    }
    client
        .batch_execute("CREATE PUBLICATION p FOR TABLE orders (id, total), plans WHERE (id > 0)")
        .await
        .expect("creates");
    let error = measured(database.url(), &[base(), drops()]).await.expect_err("the publication needs the column");
    assert!(with_causes(&error).contains("publication of table orders in publication p"), "{}", with_causes(&error));
    let safe = measured(database.url(), &[base(), another_index()]).await.expect("measures");
    assert!(safe.is_safe(), "{safe:#?}");
}

#[tokio::test]
async fn other_tenants_are_not_copied() {
    let database = fresh_database().await;
    let tenant = |name: &str| Migrator::new(shop::set(&[base()])).schema(Ident::new(name).expect("short"));
    for name in ["tenant_1", "tenant_2", "tenant_3"] {
        tenant(name).run(database.url()).await.expect("applies");
    }
    let one = Migrator::new(shop::set(&[base(), another_index()])).schema(Ident::new("tenant_1").expect("short"));
    let measured = one.measure(database.url()).await.expect("measures");
    assert!(measured.is_safe(), "{measured:#?}");
    let tables =
        measured.migrations[0].statements.iter().flat_map(|statement| &statement.effects).map(|effect| &effect.table);
    assert!(tables.clone().all(|table| table == "orders"), "{measured:#?}");
}

#[tokio::test]
async fn what_cannot_be_copied_is_named_and_nothing_is_called_safe() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[base()])).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    client.batch_execute("ALTER TABLE orders ALTER total TYPE bigint").await.expect("alters");
    let measured = measured(database.url(), &[base(), another_index()]).await.expect("measures");
    assert!(!measured.is_safe());
    assert!(measured.unseen.iter().any(|line| line.contains("orders.total")), "{:?}", measured.unseen);
}
