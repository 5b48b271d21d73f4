//! A program that migrates, killed at many moments: the ledger agrees with the database, and the next run continues.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use schemata_tests::catalog::{connect, one};
use schemata_tests::dice::Dice;
use schemata_tests::fresh_database;
use tokio_postgres::Client;

const PROGRAM: &str = env!("CARGO_BIN_EXE_long_migration");

/// The rows of `orders`, and the operations of the second migration.
const ROWS: i64 = 200;
const STEPS: i32 = 12;

fn start(url: &str) -> Child {
    let mut command = Command::new(PROGRAM);
    command.arg("migrate").env("DATABASE_URL", url).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("starts")
}

fn kill(mut program: Child) {
    program.kill().expect("SIGKILL");
    program.wait().expect("ends");
}

/// Waits until the server has noticed that the program is gone.
async fn noticed(client: &Client) {
    let there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'long-migration' AND datname = current_database()";
    while one::<i64>(client, there).await > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Compares the ledger with the tables. Returns how far the second migration has come, if it has begun.
async fn the_ledger_tells_the_truth(client: &Client) -> Option<(i32, i64)> {
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(one::<i64>(client, locks).await, 0, "no lock is left");
    let ledger = one::<bool>(client, "SELECT to_regclass('schemata_migrations') IS NOT NULL").await;
    assert_eq!(one::<bool>(client, "SELECT to_regclass('orders') IS NOT NULL").await, ledger, "0001 and the ledger");
    if !ledger {
        return None;
    }
    let row = "SELECT finished_at IS NOT NULL, (progress->>'done')::int, (progress->>'of')::int, \
               coalesce((progress#>>'{backfill,rows}')::bigint, 0) FROM schemata_migrations WHERE migration_id = '0002_steps'";
    let rows = client.query(row, &[]).await.expect("reads");
    let (finished, done, of, filled) = match rows.first() {
        Some(row) => (row.get::<_, bool>(0), row.get(1), row.get(2), row.get::<_, i64>(3)),
        None => (false, 0, STEPS, 0),
    };
    assert_eq!((finished, of), (done == STEPS, STEPS));
    let expected: Vec<i32> = [0, 3, 6, 10].into_iter().filter(|step| *step < done).collect();
    assert_eq!(one::<Vec<i32>>(client, "SELECT array(SELECT step FROM ran ORDER BY step)").await, expected);
    let filled = if done > 7 { ROWS } else { filled };
    let changed =
        "SELECT array[count(*) FILTER (WHERE times = 1 AND id <= $1), count(*) FILTER (WHERE times > 0)] FROM orders";
    let changed: Vec<i64> =
        client.query_one(changed, &[&i32::try_from(filled).expect("few")]).await.expect("reads").get(0);
    assert_eq!(changed, [filled, filled], "as many rows as the ledger says, each once");
    let valid = "SELECT array(SELECT c.relname::text FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid \
                 WHERE x.indrelid = 'orders'::regclass AND x.indisvalid AND c.relname LIKE '%slow%')";
    let valid: Vec<String> = one(client, valid).await;
    // Work that is not recorded yet may exist already.
    for (index, made, dropped) in [("orders_slow_idx", 6, 10), ("orders_slow_key", 9, i32::MAX)] {
        if done >= made && done + 1 < dropped {
            assert!(valid.iter().any(|name| name == index), "{index} after {done} steps: {valid:?}");
        }
    }
    Some((done, filled))
}

/// The end of a series of kills: the remaining work is done once.
async fn completes(client: &Client, url: &str) {
    let output = Command::new(PROGRAM).arg("migrate").env("DATABASE_URL", url).output().expect("starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(the_ledger_tells_the_truth(client).await, Some((STEPS, ROWS)));
    let indexes = "SELECT array(SELECT c.relname::text || x.indisvalid FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid \
                   WHERE x.indrelid = 'orders'::regclass ORDER BY 1)";
    assert_eq!(one::<Vec<String>>(client, indexes).await, ["orders_pkeytrue", "orders_slow_keytrue"]);
}

#[tokio::test]
async fn killed_at_every_kind_of_step_a_migration_continues() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let running = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'long-migration' \
                   AND datname = current_database() AND state = 'active' AND query LIKE ";
    let at = |pattern: &str| format!("{running} '{pattern}')");
    let filled = |rows: i32| {
        format!("SELECT EXISTS (SELECT FROM schemata_migrations WHERE (progress#>>'{{backfill,rows}}')::int >= {rows})")
    };
    let moments = [
        (at("SELECT pg\\_sleep(0.2)%"), None),
        (at("SELECT pg\\_sleep(0.2)%") + " AND to_regclass('orders') IS NOT NULL", Some(0)),
        (
            at("SELECT pg\\_sleep(0.2)%")
                + " AND EXISTS (SELECT FROM schemata_migrations WHERE progress->>'done' = '3')",
            Some(3),
        ),
        (at("CREATE INDEX CONCURRENTLY%"), Some(5)),
        (filled(20), Some(7)),
        (filled(100), Some(7)),
        (at("CREATE UNIQUE INDEX CONCURRENTLY%"), Some(8)),
        (at("SELECT pg\\_sleep(0.2)%"), Some(10)),
    ];
    for (moment, least) in moments {
        let program = start(database.url());
        while !one::<bool>(&client, &moment).await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        kill(program);
        noticed(&client).await;
        let found = the_ledger_tells_the_truth(&client).await;
        assert_eq!(found.is_none(), least.is_none(), "{moment}");
        assert!(found.map(|(done, _)| done) >= least, "{moment}: {found:?}");
    }
    completes(&client, database.url()).await;
}

#[tokio::test]
async fn a_batch_and_its_place_in_the_ledger_are_one() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let first =
        Command::new(PROGRAM).args(["migrate", "--to", "0001_orders"]).env("DATABASE_URL", database.url()).status();
    assert!(first.expect("starts").success());
    // Writing the ledger is slow, so that there is time between a batch and the record of its position.
    let slow = "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN PERFORM pg_sleep(0.1); RETURN new; END $$; CREATE TRIGGER pause BEFORE UPDATE ON schemata_migrations \
                FOR EACH ROW WHEN (new.progress ? 'backfill') EXECUTE FUNCTION pause()";
    client.batch_execute(slow).await.expect("creates");
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'long-migration' \
                     AND datname = current_database() AND state = 'active' AND query LIKE 'UPDATE%.schemata\\_migrations%' \
                     AND wait_event = 'PgSleep'";
    for _ in 0..3 {
        let mut program = start(database.url());
        while client.query(terminate, &[]).await.expect("reads").is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(!program.wait().expect("ends").success(), "it lost its connection");
        noticed(&client).await;
        let found = the_ledger_tells_the_truth(&client).await;
        assert!(found.is_some_and(|(done, _)| done == 7), "{found:?}");
    }
    completes(&client, database.url()).await;
}

/// One round; `tests/kill-migrations.sh` runs as many as its argument says.
#[tokio::test]
async fn killed_at_random_moments_a_migration_continues() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    for round in 0..rounds {
        let mut dice = Dice::new(round);
        let database = fresh_database().await;
        let client = connect(database.url()).await;
        let mut killed = Vec::new();
        for _ in 0..6 {
            let mut program = start(database.url());
            tokio::time::sleep(Duration::from_millis(dice.roll(1_800))).await;
            if program.try_wait().expect("it is ours").is_some() {
                break;
            }
            kill(program);
            noticed(&client).await;
            killed.push(the_ledger_tells_the_truth(&client).await);
        }
        completes(&client, database.url()).await;
        println!("round {round}: killed at {killed:?}");
    }
}
