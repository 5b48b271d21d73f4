//! What steps outside a transaction would do to a busy database; and that `migrate`, which reads the SQL text, and
//! `plan --measure`, which runs it, find the same statements dangerous.

use schemata::migrate::{MigrateError, MigrationEntry, Migrator};
use schemata::prove::{MeasuredStatement, Runs, TableLock};
use schemata_tests::catalog::connect;
use schemata_tests::{fresh_database, migration, shop};

fn base() -> MigrationEntry {
    migration!("0001", |m| {
        m.execute(
            "CREATE TYPE kind AS ENUM ('a'); CREATE TABLE b (id int PRIMARY KEY); \
             CREATE TABLE orders (id int PRIMARY KEY, a int, c int, b int, short varchar(9)); \
             CREATE INDEX i ON orders (b); CREATE UNIQUE INDEX ready ON orders (a); \
             CREATE TABLE parted (n int) PARTITION BY LIST (n); CREATE TABLE part (n int); \
             CREATE DOMAIN short AS text; CREATE TABLE shorts (s short); \
             CREATE MATERIALIZED VIEW seen AS SELECT id FROM orders; CREATE UNIQUE INDEX seen_id ON seen (id); \
             ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        )
        .await?;
    })
}

fn rows() -> MigrationEntry {
    migration!("0001_rows", |m| {
        m.execute("INSERT INTO orders SELECT n FROM generate_series(1, 20) n").await?;
    })
}

fn steps() -> MigrationEntry {
    migration!("0002", |m| {
        m.alter_table("orders").add_column("kind", "kind").await?;
        m.add_enum_value("kind", "b").await?;
        m.create_index("orders_a_idx", "orders (a)").concurrently().await?;
        m.create_index("seen_two", "seen (id, (id + 1))").unique().concurrently().await?;
        m.backfill("orders").set("a = id").batch(6).await?;
        m.drop_index("i").concurrently().await?;
        m.execute("CREATE TABLE new (id int PRIMARY KEY, b int REFERENCES b); INSERT INTO new VALUES (1)").await?;
        m.commit().await?;
        m.create_index("new_idx", "new (b)").concurrently().await?;
        m.execute("UPDATE orders SET c = 1 WHERE a > 3").await?;
    })
}

/// Formats an effect like `orders: SHARE UPDATE EXCLUSIVE scanned`.
fn effects(statement: &MeasuredStatement) -> Vec<String> {
    let words = statement.effects.iter().map(|effect| {
        let lock = effect.lock.map(|lock| format!(" {lock}")).unwrap_or_default();
        format!("{}:{lock}{}", effect.table, if effect.scanned { " scanned" } else { "" })
    });
    words.collect()
}

#[tokio::test]
async fn each_step_is_measured_in_its_own_transaction() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[base(), rows()])).run(database.url()).await.expect("applies");
    let measured =
        Migrator::new(shop::set(&[base(), rows(), steps()])).measure(database.url()).await.expect("measures");
    let found: Vec<_> =
        measured.migrations[0].statements.iter().map(|statement| (statement.runs, effects(statement))).collect();
    let expected: [(Runs, &[&str]); 10] = [
        (Runs::In(1), &["orders: ACCESS EXCLUSIVE"]),
        (Runs::In(2), &[]),
        (Runs::Outside, &["orders: SHARE UPDATE EXCLUSIVE scanned"]),
        (Runs::Outside, &["seen: SHARE UPDATE EXCLUSIVE scanned"]),
        (Runs::InBatches(6), &["orders: ROW EXCLUSIVE scanned"]),
        (Runs::Outside, &["orders: SHARE UPDATE EXCLUSIVE"]),
        (Runs::In(3), &["b: SHARE ROW EXCLUSIVE"]),
        (Runs::In(3), &[]),
        (Runs::Outside, &[]),
        (Runs::In(4), &["orders: ROW EXCLUSIVE scanned"]),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((runs, effects), (expected_runs, expected)) in found.iter().zip(expected) {
        // From PostgreSQL 18 on, an index scan does not count as a scan of the table.
        let by_index = effects.is_empty() && expected == ["orders: ROW EXCLUSIVE scanned"];
        let expected = if by_index { Vec::new() } else { expected.map_strings() };
        assert_eq!((*runs, effects), (expected_runs, &expected), "{found:#?}");
    }
    assert!(measured.is_safe(), "{measured:#?}");
    let backfill = &measured.migrations[0].statements[4];
    assert!(backfill.effects.iter().all(|effect| !effect.lock.is_some_and(TableLock::blocks_writes)));
    let client = connect(database.url()).await;
    let untouched = client.query_one("SELECT to_regclass('new') IS NULL AND to_regclass('i') IS NOT NULL", &[]).await;
    assert!(untouched.expect("one row").get::<_, bool>(0), "the live database was only read");
}

trait Strings {
    fn map_strings(&self) -> Vec<String>;
}

impl Strings for &[&str] {
    fn map_strings(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[tokio::test]
async fn a_step_that_does_not_work_is_found_on_the_scratch_database() {
    let database = fresh_database().await;
    let empty = migration!("0000", |m| {
        m.execute("CREATE TABLE t (id int PRIMARY KEY, n int)").await?;
    });
    let typo = migration!("0001", |m| {
        m.backfill("t").set("m = 1").await?;
    });
    Migrator::new(shop::set(&[empty])).run(database.url()).await.expect("applies");
    let error =
        Migrator::new(shop::set(&[empty, typo])).measure(database.url()).await.expect_err("there is no column m");
    assert!(matches!(error, MigrateError::PendingFails { .. }), "{error:?}");
}

/// Each statement, whether its text is found dangerous, and whether its effects are. Where the two differ, the reason
/// is given.
const BOTH: &[(&str, bool, &str)] = &[
    ("CREATE INDEX j ON orders (a)", true, ""),
    ("CREATE UNIQUE INDEX j ON orders USING btree (id)", true, ""),
    ("ALTER TABLE orders ADD COLUMN d uuid NOT NULL DEFAULT gen_random_uuid()", true, ""),
    ("ALTER TABLE orders ADD d float DEFAULT (random() * 5)", true, ""),
    ("ALTER TABLE orders ADD COLUMN d int GENERATED ALWAYS AS (b + 1) STORED", true, ""),
    ("ALTER TABLE orders ADD COLUMN d bigint GENERATED BY DEFAULT AS IDENTITY", true, ""),
    ("ALTER TABLE orders ADD COLUMN d bigserial", true, ""),
    ("ALTER TABLE orders ADD COLUMN d int UNIQUE", true, ""),
    ("ALTER TABLE orders ADD COLUMN d int CHECK (d > 0)", true, ""),
    ("ALTER TABLE orders ADD COLUMN d int DEFAULT 1 REFERENCES b", true, ""),
    ("ALTER TABLE orders ADD COLUMN d int NOT NULL", true, ""),
    ("ALTER TABLE orders ALTER COLUMN a TYPE bigint", true, ""),
    ("ALTER TABLE orders ALTER a SET DATA TYPE bigint USING a::bigint", true, ""),
    ("ALTER TABLE ONLY orders ALTER b SET NOT NULL", true, ""),
    ("ALTER TABLE orders ADD CONSTRAINT d FOREIGN KEY (a) REFERENCES b", true, ""),
    ("ALTER TABLE orders ADD CHECK (b > 0)", true, ""),
    ("ALTER TABLE orders ADD CONSTRAINT d UNIQUE (a)", true, ""),
    ("ALTER TABLE orders DROP CONSTRAINT orders_pkey; ALTER TABLE orders ADD PRIMARY KEY (id)", true, ""),
    ("ALTER TABLE IF EXISTS orders SET UNLOGGED", true, ""),
    ("ALTER TABLE orders ADD CONSTRAINT d CHECK (b > 0) NOT VALID, VALIDATE CONSTRAINT d", true, ""),
    (
        "ALTER TABLE orders ADD CONSTRAINT d CHECK (b IS NOT NULL); ALTER TABLE orders ALTER b SET NOT NULL, DROP CONSTRAINT d",
        true,
        "",
    ),
    ("ALTER TABLE b ADD x int; ALTER TABLE orders VALIDATE CONSTRAINT c", true, ""),
    ("CREATE TABLE d (id int REFERENCES b); ALTER TABLE orders VALIDATE CONSTRAINT c", true, ""),
    ("CREATE TABLE d (id int REFERENCES b); UPDATE orders SET a = 1 WHERE short = 'x'", true, ""),
    ("ALTER TABLE orders ADD COLUMN d int; UPDATE orders SET d = 1 WHERE short = 'x'", true, ""),
    ("ALTER TABLE orders ADD COLUMN d int; DELETE FROM orders WHERE short = 'x'", true, ""),
    ("LOCK TABLE b; UPDATE orders SET a = 1 WHERE short = 'x'", true, ""),
    ("LOCK TABLE b; UPDATE orders SET a = 1 WHERE b = 1", true, "there is an index, which words do not know"),
    ("LOCK TABLE b; CREATE TABLE d AS SELECT * FROM orders", true, ""),
    ("CREATE TABLE d (id int REFERENCES b); INSERT INTO d SELECT id FROM orders", true, ""),
    ("CREATE TABLE d AS SELECT * FROM orders; INSERT INTO d SELECT * FROM orders", false, ""),
    ("LOCK TABLE b; CREATE TABLE d AS SELECT extract(year FROM now()); SELECT 1 FROM d", false, ""),
    ("ALTER TABLE parted ATTACH PARTITION part FOR VALUES IN (1)", true, ""),
    ("ALTER TABLE part ADD CHECK (n IS NOT NULL AND n = 1)", true, ""),
    (
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey; ALTER TABLE orders ADD PRIMARY KEY USING INDEX ready",
        false,
        "whether its columns may be NULL is not looked for",
    ),
    ("ALTER DOMAIN short ADD CHECK (value <> '')", false, "which tables use the domain is not looked for"),
    ("REINDEX TABLE orders", true, ""),
    ("REINDEX INDEX i", true, ""),
    ("CLUSTER orders USING i", true, ""),
    ("REFRESH MATERIALIZED VIEW seen", true, ""),
    ("UPDATE orders SET a = 1", true, "it locks rows, which no lock on a table shows"),
    ("ALTER TABLE orders ADD COLUMN d varchar(20) NOT NULL DEFAULT 'x', ADD e timestamptz DEFAULT now()", false, ""),
    ("ALTER TABLE orders ADD COLUMN d numeric(12,2) DEFAULT '0'::numeric(12,2)", false, ""),
    ("ALTER TABLE orders ADD COLUMN d int REFERENCES b", false, ""),
    ("ALTER TABLE orders ADD CONSTRAINT d FOREIGN KEY (a) REFERENCES b NOT VALID", false, ""),
    ("CREATE UNIQUE INDEX CONCURRENTLY", false, ""),
    ("ALTER TABLE orders VALIDATE CONSTRAINT c", false, ""),
    ("ALTER TABLE orders ALTER id SET NOT NULL", false, ""),
    ("ALTER TABLE orders ALTER short TYPE varchar(10)", false, ""),
    ("ALTER TABLE orders DROP COLUMN a", false, ""),
    ("ALTER TABLE orders ALTER COLUMN id DROP DEFAULT, ALTER a SET DEFAULT 1", false, ""),
    ("UPDATE orders SET a = 1 WHERE id = 3", false, ""),
    ("CREATE TABLE d (id int PRIMARY KEY); CREATE INDEX ON d (id); UPDATE orders SET a = 1 WHERE b = 3", false, ""),
    ("DROP INDEX i", false, ""),
    ("TRUNCATE orders", false, ""),
    ("DO $$ BEGIN ALTER TABLE orders ALTER a TYPE bigint; END $$", false, "a block is not seen through"),
];

thread_local! {
    static SQL: std::cell::Cell<&'static str> = const { std::cell::Cell::new("") };
}

#[tokio::test]
async fn words_and_deeds_agree() {
    let one = migration!("0002", |m| {
        match SQL.get() {
            "CREATE UNIQUE INDEX CONCURRENTLY" => {
                m.create_index("orders_short_key", "orders (id, short)").unique().concurrently().await?;
                m.alter_table("orders").add_constraint("d", "UNIQUE USING INDEX orders_short_key").await?;
            }
            sql => m.execute(sql).await?,
        }
    });
    let mut wrong = Vec::new();
    let database = fresh_database().await;
    Migrator::new(shop::set(&[base()])).run(database.url()).await.expect("applies");
    for &(sql, by_words, why) in BOTH {
        SQL.set(sql);
        let measured = Migrator::new(shop::set(&[base(), one])).large(0).measure(database.url()).await;
        let measured = measured.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let words = !measured.refused.is_empty();
        let deeds = measured.migrations[0].statements.iter().any(|statement| statement.danger.is_some());
        if words != by_words || (words == deeds) != why.is_empty() {
            wrong.push(format!("{sql}: words {words}, deeds {deeds}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
