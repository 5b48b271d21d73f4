//! Everything that connects detects a pooler at once, whatever the pooler's mode and settings.
#![cfg(unix)]

use schemata::migrate::{MigrateError, Migrator};
use schemata::tenants::{Rollout, Tenants};
use schemata::testing::TestDatabase;
use schemata::{Db, Error, ErrorKind, Executor, Ident, Pooler, TableModel};
use schemata_tests::bouncer::Bouncer;
use schemata_tests::catalog::connect;
use schemata_tests::label::Label;
use schemata_tests::runtime::{add, emails, shop_database};
use schemata_tests::shop::first::Customer;
use schemata_tests::shop::{self, INITIAL, STATUS};
use schemata_tests::wire::SharingProxy;

/// PgBouncer's settings: each mode, with start-up options refused and ignored.
const KINDS: [(&str, bool); 6] = [
    ("session", false),
    ("session", true),
    ("transaction", false),
    ("transaction", true),
    ("statement", false),
    ("statement", true),
];

async fn bouncer(database: &TestDatabase, (mode, ignores): (&str, bool)) -> Option<Bouncer> {
    let setting = if ignores { "ignore_startup_parameters = options" } else { "" };
    Bouncer::start(database.url(), &format!("pool_mode = {mode}\n{setting}")).await
}

/// Returns the number of advisory locks, and of connections that are in a transaction.
async fn left_behind(database: &TestDatabase) -> i64 {
    let direct = connect(database.url()).await;
    let sql = "SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
                    + (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                       AND pid <> pg_backend_pid() AND state <> 'idle')";
    direct.query_one(sql, &[]).await.expect("one row").get(0)
}

#[tokio::test]
async fn every_kind_of_pooler_is_found_and_worked_with_or_refused() {
    let database = shop_database().await;
    for kind in KINDS {
        let Some(bouncer) = bouncer(&database, kind).await else { return };
        let strict = Db::builder(bouncer.url()).pooler(Pooler::None).connect().await.expect_err("shares its session");
        assert!(matches!(strict, Error::Pooler { .. }), "{kind:?}: {strict:?}");
        assert_eq!((strict.kind(), strict.is_retryable()), (ErrorKind::Configuration, false), "{kind:?}");
        assert!(strict.to_string().contains("`.pooler(Pooler::Transaction)`"), "{kind:?}: {strict}");
        for chosen in [Pooler::Detect, Pooler::Transaction] {
            let connected = Db::builder(bouncer.url()).pooler(chosen).max_connections(2).connect().await;
            if kind.0 == "statement" {
                let error = connected.expect_err("no transactions");
                assert!(error.to_string().contains("`pool_mode = transaction`"), "{kind:?} {chosen:?}: {error}");
                continue;
            }
            let db = connected.unwrap_or_else(|error| panic!("{kind:?} {chosen:?}: {error:?}"));
            let email = format!("{kind:?} {chosen:?}");
            add(&db, &email).await.expect("inserts");
            let added = Customer::find_by_email(&db, email.as_str()).await.expect("reads").expect("just added");
            assert_eq!(added.email, email);
            // Nothing may be left in a session that other clients get.
            assert!(matches!(db.execute_sql("SET work_mem = '1MB'", &[]).await, Err(Error::SessionState)), "{kind:?}");
        }
    }
    assert_eq!(left_behind(&database).await, 0);
}

/// Prepared statements of other programs have the names that the driver uses.
async fn leave_statements(url: &str) {
    let client = connect(url).await;
    let prepared: Vec<String> = (0..400).map(|name| format!("PREPARE s{name} AS DELETE FROM customers;")).collect();
    // In one transaction, so that one server connection gets all of them.
    client.batch_execute(&format!("BEGIN; DEALLOCATE ALL; {} COMMIT", prepared.concat())).await.expect("prepares");
}

#[tokio::test]
async fn statements_that_another_program_left_never_run() {
    for ignores in [false, true] {
        let database = shop_database().await;
        let Some(bouncer) = bouncer(&database, ("transaction", ignores)).await else { return };
        let kept = connect(database.url()).await;
        kept.batch_execute(
            "CREATE TYPE mood AS ENUM ('calm'); CREATE TABLE pets (mood mood); INSERT INTO pets VALUES ('calm')",
        )
        .await
        .expect("creates");
        leave_statements(bouncer.url()).await;
        let db = Db::builder(bouncer.url()).max_connections(4).connect().await.expect("connects");
        add(&db, "a").await.expect("inserts");
        for _ in 0..3 {
            leave_statements(bouncer.url()).await;
            assert_eq!(Customer::select().count(&db).await.expect("counts"), 1);
            let moods = "SELECT mood FROM pets WHERE mood = ANY($1::text[]::mood[])";
            let rows = db.query_as::<Label>(moods, &[&vec!["calm"]]).await.expect("reads");
            assert_eq!(rows.len(), 1);
            let counted = db.transaction(|tx| async move { Customer::select().count(&tx).await }).await;
            assert_eq!(counted.expect("counts"), 1);
        }
        assert_eq!(emails(&db).await, ["a"]);
    }
}

#[tokio::test]
async fn options_of_the_url_hold_and_are_not_lost_to_the_mark() {
    let database = shop_database().await;
    let url = format!(
        "{}{}options=-c%20work_mem%3D7MB",
        database.url(),
        if database.url().contains('?') { "&" } else { "?" }
    );
    for pooler in [Pooler::Detect, Pooler::None] {
        let db = Db::builder(&url).pooler(pooler).connect().await.expect("connects");
        let shown = db.query_as::<(String,)>("SELECT current_setting('work_mem')", &[]).await.expect("reads");
        assert_eq!(shown, [("7MB".to_owned(),)]);
    }
    let Some(bouncer) = bouncer(&database, ("transaction", false)).await else { return };
    let url = format!("{}?options=-c%20work_mem%3D7MB", bouncer.url());
    let error = Db::connect(&url).await.expect_err("refused");
    assert!(error.to_string().contains("take `options` out of the URL"), "{error}");
}

#[tokio::test]
async fn a_direct_connection_may_be_treated_as_one_behind_a_pooler() {
    let database = shop_database().await;
    let db = Db::builder(database.url()).pooler(Pooler::Transaction).connect().await.expect("connects");
    add(&db, "a").await.expect("inserts");
    assert_eq!(emails(&db).await, ["a"]);
    let named = "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''";
    assert_eq!(db.query_as::<(i64,)>(named, &[]).await.expect("reads"), [(0,)]);
}

/// A pool that was made without a pooler does not use a connection that leads to one.
#[tokio::test]
async fn a_later_connection_is_looked_at_like_the_first() {
    let database = shop_database().await;
    let direct = Db::builder(database.url()).pooler(Pooler::None).connect().await.expect("connects");
    assert_eq!(Customer::select().count(&direct).await.expect("counts"), 0);
    let config: tokio_postgres::Config = database.url().parse().expect("a URL");
    // Nobody listens on the first host at first, so the pool begins with the second.
    let port = schemata_tests::process::free_port();
    let (host, second) = match config.get_hosts().first().expect("a host") {
        tokio_postgres::config::Host::Tcp(host) => (host.clone(), config.get_ports().first().copied().unwrap_or(5432)),
        tokio_postgres::config::Host::Unix(path) => {
            (path.display().to_string().replace('/', "%2F"), config.get_ports().first().copied().unwrap_or(5432))
        }
    };
    let name = config.get_dbname().expect("a database");
    let url = format!("postgres://postgres@127.0.0.1:{port},{host}:{second}/{name}");
    let db = Db::builder(&url).max_connections(2).connect().await.expect("connects");
    let settings = "pool_mode = transaction\nignore_startup_parameters = options";
    let Some(_bouncer) = Bouncer::start_on(port, database.url(), settings).await else { return };
    let outcome = db
        .transaction(|_tx| {
            let db = db.clone();
            async move { Customer::select().count(&db).await }
        })
        .await;
    assert!(matches!(outcome, Err(Error::Pooler { .. })), "{outcome:?}");
}

#[tokio::test]
async fn racing_migrators_are_all_refused_and_leave_no_lock() {
    for kind in KINDS {
        let database = schemata_tests::fresh_database().await;
        let Some(bouncer) = bouncer(&database, kind).await else { return };
        for _ in 0..5 {
            let migrate = async || Migrator::new(shop::set(&[INITIAL, STATUS])).run(bouncer.url()).await;
            for outcome in <[_; 2]>::from(tokio::join!(migrate(), migrate())) {
                assert!(matches!(outcome, Err(MigrateError::Pooler { .. })), "{kind:?}: {outcome:?}");
            }
            assert_eq!(left_behind(&database).await, 0, "{kind:?}");
        }
        let direct = connect(database.url()).await;
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(direct.query_one(tables, &[]).await.expect("one row").get::<_, i64>(0), 0, "{kind:?}");
    }
}

/// Such a pooler passes the library's mark on, so that only the server process shows that the session is shared.
#[tokio::test]
async fn a_pooler_that_passes_settings_on_is_found_by_its_second_process() {
    let shared = "two transactions ran in two server processes";
    let database = schemata_tests::fresh_database().await;
    let proxy = SharingProxy::to(database.url(), 1).await;
    let strict = Db::builder(proxy.url()).pooler(Pooler::None).connect().await.expect_err("shares its session");
    assert!(matches!(&strict, Error::Pooler { found, .. } if *found == shared), "{strict:?}");
    // Read while connecting, probed, probed again, locked: each of them may be the last in the first session.
    for transactions in 1..=4 {
        let proxy = SharingProxy::to(database.url(), transactions).await;
        let outcome = Migrator::new(shop::set(&[INITIAL])).run(proxy.url()).await;
        assert!(
            matches!(&outcome, Err(MigrateError::Pooler { found, .. }) if *found == shared),
            "{transactions}: {outcome:?}"
        );
        assert_eq!(left_behind(&database).await, 0, "{transactions}");
        let direct = connect(database.url()).await;
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(direct.query_one(tables, &[]).await.expect("one row").get::<_, i64>(0), 0, "{transactions}");
    }
    let read_once = SharingProxy::to(database.url(), 1).await;
    let status = Migrator::new(shop::set(&[INITIAL])).status(read_once.url()).await.expect_err("refused");
    assert!(all_causes(&status).contains(shared), "{status:?}");
    let history = Migrator::new(shop::set(&[INITIAL])).history(read_once.url(), "0001_initial").await;
    assert!(matches!(history, Err(MigrateError::Pooler { .. })), "{history:?}");
}

fn all_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn everything_of_the_migrator_refuses_a_pooler() {
    let database = schemata_tests::fresh_database().await;
    for kind in [("session", true), ("transaction", true), ("transaction", false)] {
        let Some(bouncer) = bouncer(&database, kind).await else { return };
        let url = bouncer.url();
        let migrator = || Migrator::new(shop::set(&[INITIAL]));
        let schema = |name: &str| Ident::new(name).expect("short");
        let tenants = Tenants::new([schema("tenant_a")]);
        let refusals = [
            all_causes(&migrator().run(url).await.expect_err("refused")),
            all_causes(&migrator().status(url).await.expect_err("refused")),
            all_causes(&migrator().plan(url).await.expect_err("refused")),
            all_causes(&migrator().baseline(url).await.expect_err("refused")),
            all_causes(&migrator().repair(url, "0001_initial", "a test").await.expect_err("refused")),
            all_causes(&migrator().check(url, &[]).await.map(drop).expect_err("refused")),
            all_causes(&migrator().measure(url).await.map(drop).expect_err("refused")),
            all_causes(&migrator().inspect(url, &[]).await.map(drop).expect_err("refused")),
            all_causes(&migrator().schema(schema("tenant_b")).provision(url).await.expect_err("refused")),
            all_causes(&Rollout::new(migrator()).run(url, &tenants).await.expect_err("refused")),
            all_causes(&Rollout::new(migrator()).status(url, &tenants).await.map(drop).expect_err("refused")),
            all_causes(&Tenants::query(url, "SELECT 'a'").await.expect_err("refused")),
        ];
        for refusal in refusals {
            assert!(refusal.contains("direct connection"), "{kind:?}: {refusal}");
        }
        assert_eq!(left_behind(&database).await, 0, "{kind:?}");
    }
}
