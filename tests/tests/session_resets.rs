//! Whatever raw SQL does to its session, the next caller gets the session as it was opened.

use std::time::Duration;

use schemata::testing::TestDatabase;
use schemata::{Db, Error, ErrorKind, Executor, PgEnum, TableModel};
use schemata_tests::catalog::{connect, one};
use schemata_tests::runtime::{add, emails, shop_database};
use schemata_tests::shop::first::Customer;

/// Reads everything about a session that a caller could leave behind.
const SESSION: &str = "
    SELECT concat_ws(' | ', session_user, current_user,
        (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'),
        'user ' || coalesce(current_setting('app.person', true), ''),
        'channels ' || (SELECT count(*) FROM pg_listening_channels()),
        'locks ' || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
        'cursors ' || (SELECT count(*) FROM pg_cursors WHERE is_holdable),
        'statements ' || (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),
        'temporary ' || (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'))";

/// Statements that change the session openly, in disguise, or hidden in a function.
const CHANGES: [&str; 27] = [
    "SET work_mem = '7MB'",
    "SELECT set_config('work_mem', '7MB', false)",
    "SELECT \"set_config\"('work_mem', '7MB', false)",
    "SELECT U&\"\\0073et_config\"('work_mem', '7MB', false)",
    "DO $$ BEGIN PERFORM set_config('work_mem', '7MB', false); END $$",
    "DO $$ BEGIN SET work_mem = '7MB'; END $$",
    "SELECT sneaky()",
    "UPDATE pg_settings SET setting = '7MB' WHERE name = 'work_mem'",
    "SET search_path = pg_temp",
    "SET statement_timeout = 1",
    "SET app.person = 'eve'",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "CREATE TEMP TABLE leak (a int)",
    "CREATE TABLE \"pg_temp\".leak (a int)",
    "DO $$ BEGIN CREATE TEMP TABLE leak (a int); END $$",
    "SELECT pg_advisory_lock(7)",
    "DO $$ BEGIN PERFORM pg_advisory_lock(7); END $$",
    "LISTEN news",
    "DO $$ BEGIN LISTEN news; END $$",
    "DECLARE leak CURSOR WITH HOLD FOR SELECT 1",
    "SET ROLE pg_monitor",
    "DO $$ BEGIN SET ROLE pg_monitor; END $$",
    "SET SESSION AUTHORIZATION pg_monitor",
    "DO $$ BEGIN SET SESSION AUTHORIZATION pg_monitor; END $$",
    "PREPARE leak AS SELECT 1",
    "DO $$ BEGIN EXECUTE 'PREPARE leak AS SELECT 1'; END $$",
    ";SET work_mem = '7MB'",
];

/// Statements that cannot run inside a transaction.
const OUTSIDE: [&str; 4] =
    ["CALL commits()", "DEALLOCATE ALL", "DISCARD ALL", "DO $$ BEGIN COMMIT; SET work_mem = '7MB'; END $$"];

async fn sneaky_database() -> TestDatabase {
    let database = shop_database().await;
    let functions = "
        CREATE FUNCTION sneaky() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            SET work_mem = '7MB'; LISTEN news; SET ROLE pg_monitor; PERFORM pg_advisory_lock(7);
            CREATE TEMP TABLE leak (a int); EXECUTE 'PREPARE leak AS SELECT 1';
        END $$;
        CREATE SEQUENCE numbers;
        CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN COMMIT; SET work_mem = '7MB'; COMMIT; END $$";
    connect(database.url()).await.batch_execute(functions).await.expect("creates");
    database
}

/// Returns the words in which the session differs from its initial state.
async fn changed(db: &Db, opened: &str) -> Vec<String> {
    let now = text(db, SESSION).await;
    let pairs = now.split_whitespace().zip(opened.split_whitespace());
    pairs.filter(|(now, opened)| now != opened).map(|(now, opened)| format!("{opened} -> {now}")).collect()
}

async fn pool_of_one(url: &str) -> Db {
    Db::builder(url).max_connections(1).connect().await.expect("connects")
}

async fn text(on: &(impl Executor + ?Sized), sql: &'static str) -> String {
    on.query_as::<(String,)>(sql, &[]).fetch_one().await.expect("reads").0
}

#[tokio::test]
async fn nothing_that_raw_sql_did_to_the_session_reaches_the_next_caller() {
    let database = sneaky_database().await;
    let options = "?options=-c%20work_mem%3D9MB%20-c%20app.person%3Dbob";
    for url in [database.url().to_owned(), format!("{}{options}", database.url())] {
        let db = pool_of_one(&url).await;
        let opened = text(&db, SESSION).await;
        for sql in CHANGES.into_iter().chain(OUTSIDE) {
            db.execute_sql(sql, &[]).await.expect(sql);
            assert_eq!(changed(&db, &opened).await, [""; 0], "{sql}");
        }
        for sql in CHANGES {
            db.transaction(|tx| async move { tx.execute_sql(sql, &[]).await.map(drop) }).await.expect(sql);
            assert_eq!(changed(&db, &opened).await, [""; 0], "{sql}");
            let undone: schemata::Result<()> =
                db.transaction(|tx| async move { tx.execute_sql(sql, &[]).await.and(Err(Error::RawCopy)) }).await;
            assert!(matches!(undone, Err(Error::RawCopy)), "{sql}: {undone:?}");
            assert_eq!(changed(&db, &opened).await, [""; 0], "{sql}");
        }
        add(&db, &url).await.expect("writes");
    }
}

#[tokio::test]
async fn a_reset_session_keeps_its_connection_and_its_statements() {
    let database = sneaky_database().await;
    let db = pool_of_one(database.url()).await;
    let row = add(&db, "a").await.expect("inserts");
    let process = "SELECT pg_backend_pid()::text";
    let first = text(&db, process).await;
    let ours = "SELECT count(*)::text FROM pg_prepared_statements WHERE NOT from_sql";
    text(&db, ours).await;
    let before = text(&db, ours).await;
    for sql in ["SELECT 1", "SET work_mem = '7MB'", "LISTEN news", "SELECT pg_advisory_lock(7)"] {
        db.execute_sql(sql, &[]).await.expect(sql);
        Customer::find(&db, row.id).await.expect("finds");
    }
    assert_eq!(text(&db, process).await, first);
    assert!(text(&db, ours).await.parse::<u32>().expect("a number") > before.parse().expect("a number"));
    for sql in ["DEALLOCATE ALL", "PREPARE leak AS SELECT 1"] {
        let before = text(&db, process).await;
        db.execute_sql(sql, &[]).await.expect(sql);
        Customer::find(&db, row.id).await.expect("finds");
        assert_ne!(text(&db, process).await, before, "{sql}: what a reset cannot put right costs the connection");
    }
}

#[tokio::test]
async fn the_role_that_the_url_asks_for_stays() {
    let database = sneaky_database().await;
    let owner = connect(database.url()).await;
    let role: String = one(&owner, "SELECT 'r' || md5(current_database())").await;
    owner.batch_execute(&format!("CREATE ROLE {role}")).await.expect("creates");
    let db = pool_of_one(&format!("{}?options=-c%20role%3D{role}", database.url())).await;
    let opened = text(&db, SESSION).await;
    assert!(opened.contains(&format!(" | {role} | ")), "{opened}");
    for sql in ["RESET ROLE", "SET ROLE NONE", "SET ROLE pg_monitor", "SET SESSION AUTHORIZATION pg_monitor"] {
        db.execute_sql(sql, &[]).await.expect(sql);
        assert_eq!(changed(&db, &opened).await, [""; 0], "{sql}");
    }
    drop(db);
    owner.batch_execute(&format!("DROP ROLE {role}")).await.expect("cleans up");
}

#[tokio::test]
async fn what_raw_sql_locked_is_free_without_anybody_asking_for_the_connection() {
    let database = sneaky_database().await;
    let db = pool_of_one(database.url()).await;
    db.execute_sql("DO $$ BEGIN PERFORM pg_advisory_lock(8); END $$", &[]).await.expect("locks");
    let other = connect(database.url()).await;
    other.batch_execute("SET statement_timeout = '20s'; SELECT pg_advisory_lock(8)").await.expect("gets the lock");
}

#[tokio::test]
async fn random_numbers_cannot_be_predicted_by_an_earlier_caller() {
    let database = sneaky_database().await;
    let other = connect(database.url()).await;
    other.batch_execute("SELECT setseed(0.5)").await.expect("seeds");
    let predicted: String = one(&other, "SELECT random()::text").await;
    let db = pool_of_one(database.url()).await;
    db.execute_sql("DO $$ BEGIN PERFORM setseed(0.5); END $$", &[]).await.expect("seeds");
    assert_ne!(text(&db, "SELECT random()::text").await, predicted);
    text(&db, "SELECT nextval('numbers')::text").await;
    let last = db.query_as::<(i64,)>("SELECT lastval()", &[]).await.expect_err("not this session's any more");
    assert_eq!(last.sqlstate(), Some("55000"));
}

/// A runtime ends while sessions are being reset.
#[test]
fn a_runtime_ends_in_the_middle_of_a_reset() {
    for threads in [0, 2] {
        let builder = || match threads {
            0 => tokio::runtime::Builder::new_current_thread(),
            _ => tokio::runtime::Builder::new_multi_thread(),
        };
        let runtime = builder().enable_all().build().expect("starts");
        let database = runtime.block_on(shop_database());
        for _ in 0..20 {
            let inner = builder().enable_all().build().expect("starts");
            let db = inner.block_on(async {
                let db = Db::builder(database.url()).max_connections(4).connect().await.expect("connects");
                for _ in 0..4 {
                    db.execute_sql("SELECT 1", &[]).await.expect("runs");
                }
                db
            });
            drop(inner);
            drop(db);
        }
        runtime.block_on(async {
            // No connection is left.
            let client = connect(database.url()).await;
            let others =
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
            for _ in 0..500 {
                if one::<i64>(&client, others).await == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            panic!("connections are left");
        });
        drop(database);
    }
}

#[tokio::test]
async fn what_a_trigger_does_to_the_session_is_undone_where_that_is_asked_for() {
    let database = sneaky_database().await;
    let trigger = "
        CREATE FUNCTION on_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM sneaky(); RETURN NEW; END $$;
        CREATE TRIGGER sneaky BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION on_insert()";
    connect(database.url()).await.batch_execute(trigger).await.expect("creates");
    let db = Db::builder(database.url()).max_connections(1).reset_after_every_use().connect().await.expect("connects");
    let opened = text(&db, SESSION).await;
    add(&db, "a").await.expect("inserts");
    assert_eq!(changed(&db, &opened).await, [""; 0]);
    db.transaction(|tx| async move { add(&tx, "b").await.map(drop) }).await.expect("commits");
    assert_eq!(changed(&db, &opened).await, [""; 0]);
    let silent = pool_of_one(database.url()).await;
    let opened = text(&silent, SESSION).await;
    add(&silent, "c").await.expect("inserts");
    assert_ne!(changed(&silent, &opened).await, [""; 0], "not asked for: the guide says so");
}

#[tokio::test]
async fn raw_copy_is_refused_before_anything_is_sent() {
    let database = shop_database().await;
    let db = pool_of_one(database.url()).await;
    let client = connect(database.url()).await;
    let rows: Vec<Customer> = {
        let mut rows = Vec::new();
        for email in ["a", "b", "c"] {
            rows.push(add(&db, email).await.expect("inserts"));
        }
        rows
    };
    for sql in [
        "COPY customers FROM STDIN",
        "/* rows */ copy public.customers (email, full_name) FROM /* here */ stdin WITH (FORMAT csv)",
        ";; COPY customers TO STDOUT",
        "COPY (SELECT * FROM customers) TO STDOUT",
    ] {
        assert!(matches!(db.execute_sql(sql, &[]).await, Err(Error::RawCopy)), "{sql}");
        assert!(matches!(db.query_as::<(i64,)>(sql, &[]).await, Err(Error::RawCopy)), "{sql}");
        assert!(matches!(client.execute_sql(sql, &[]).await, Err(Error::RawCopy)), "{sql}");
        let rows = &rows;
        db.transaction(|tx| async move {
            assert!(matches!(tx.execute_sql(sql, &[]).await, Err(Error::RawCopy)), "{sql}");
            assert_eq!(emails(&tx).await, ["a", "b", "c"]);
            Ok::<(), Error>(())
        })
        .await
        .expect("the transaction goes on");
        for row in rows {
            assert_eq!(Customer::get(&db, row.id).await.expect("finds").email, row.email, "{sql}");
            assert_eq!(Customer::get(&client, row.id).await.expect("finds").email, row.email, "{sql}");
        }
    }
}

#[tokio::test]
async fn transaction_control_is_seen_behind_empty_statements() {
    let database = sneaky_database().await;
    let db = pool_of_one(database.url()).await;
    for sql in [";BEGIN", "; /* x */ ; COMMIT", "-- x\n;ROLLBACK"] {
        assert!(matches!(db.execute_sql(sql, &[]).await, Err(Error::TransactionControl)), "{sql}");
        let inside: schemata::Result<()> =
            db.transaction(|tx| async move { tx.execute_sql(sql, &[]).await.map(drop) }).await;
        assert!(matches!(inside, Err(Error::TransactionControl)), "{sql}");
    }
    let hidden = db.transaction(|tx| async move {
        add(&tx, "a").await?;
        tx.execute_sql("CALL commits()", &[]).await.map(drop)
    });
    assert_eq!(hidden.await.expect_err("no procedure ends it").sqlstate(), Some("2D000"));
    assert!(emails(&db).await.is_empty());
}

/// Two types that the driver has to look up, by statements that it prepares once.
#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
#[column(name = "mood")]
enum Mood {
    Calm,
}

#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
#[column(name = "tone")]
enum Tone {
    Low,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "pets")]
struct Pet {
    #[column(primary_key)]
    mood: Mood,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "songs")]
struct Song {
    #[column(primary_key)]
    tone: Tone,
}

#[tokio::test]
async fn statements_of_the_driver_that_raw_sql_took_away_fail_no_call() {
    let database = schemata_tests::fresh_database().await;
    let tables = "CREATE TYPE mood AS ENUM ('calm'); CREATE TABLE pets AS SELECT 'calm'::mood AS mood;
                  CREATE TYPE tone AS ENUM ('low'); CREATE TABLE songs AS SELECT 'low'::tone AS tone";
    connect(database.url()).await.batch_execute(tables).await.expect("creates");
    for kept in [0, 1, 2] {
        let db =
            Db::builder(database.url()).max_connections(1).statement_cache(kept).connect().await.expect("connects");
        assert_eq!(Pet::select().fetch(&db).await.expect("reads"), [Pet { mood: Mood::Calm }]);
        // As many statements follow as are kept, so that the reset does not miss one.
        let work = |tx: schemata::Tx| async move {
            tx.execute_sql("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$", &[]).await?;
            tx.execute_sql("SELECT 1", &[]).await?;
            tx.execute_sql("SELECT 2", &[]).await
        };
        db.transaction(work).await.expect("commits");
        let songs = Song::select().fetch(&db).await.unwrap_or_else(|error| panic!("{kept}: {error:?}"));
        assert_eq!(songs, [Song { tone: Tone::Low }]);
    }
}

#[tokio::test]
async fn a_session_that_raw_sql_made_read_only_does_not_cost_the_others_their_connections() {
    let database = shop_database().await;
    let db = Db::builder(database.url()).max_connections(2).connect().await.expect("connects");
    let both = || async {
        let pid = || db.query_as::<(i32,)>("SELECT pg_backend_pid() FROM pg_sleep(0.5)", &[]).fetch_one();
        let (one, other) = tokio::join!(pid(), pid());
        let mut pids = [one.expect("reads").0, other.expect("reads").0];
        pids.sort_unstable();
        pids
    };
    let before = both().await;
    let sql = "DO $$ BEGIN SET default_transaction_read_only = on; COMMIT;
               DELETE FROM customers; END $$";
    let error = db.execute_sql(sql, &[]).await.expect_err("the session takes no writes");
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    assert_eq!(both().await, before);
    add(&db, "a").await.expect("the session was reset");
}
