//! Many schemas at once: each is migrated, or the report says why not.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use schemata::Ident;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult};
use schemata::tenants::{Outcome, Rollout, RolloutEvent, RolloutReport, Stop, TenantState, Tenants, TenantsError};
use schemata_tests::catalog::{connect, describe};
use schemata_tests::fresh_database;
use schemata_tests::shop::{INITIAL, STATUS, entry, migrator};

async fn leaves_things(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE left_over (a int); PREPARE p AS SELECT 1").await?;
    m.execute("SELECT pg_advisory_lock(7); SET search_path = nowhere").await?;
    Ok(())
}

async fn fails_where_marked(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("ALTER TABLE orders ADD CONSTRAINT marked CHECK (order_number <> 'bad')").await?;
    Ok(())
}

const LEAVES: MigrationEntry = entry("0003_leaves", |m| Box::pin(leaves_things(m)));
const FAILS: MigrationEntry = entry("0004_fails", |m| Box::pin(fails_where_marked(m)));

fn ident(name: &str) -> Ident {
    Ident::new(name).expect("a name")
}

/// Empty schemas of these names.
async fn schemas(url: &str, names: &[String]) {
    let sql: Vec<String> = names.iter().map(|name| format!("CREATE SCHEMA {}", ident(name))).collect();
    connect(url).await.batch_execute(&sql.join(";")).await.expect("creates");
}

fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("tenant_{n}")).collect()
}

/// Each group as its size and what happened.
fn told(report: &RolloutReport) -> BTreeSet<(usize, String)> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Applied { migrations, .. } => format!("applied {}", migrations.join(", ")),
        Outcome::Failed { .. } => "failed".to_owned(),
        other => format!("{other:?}"),
    };
    report.groups().iter().map(|group| (group.schemas.len(), word(&group.common))).collect()
}

fn expected(groups: &[(usize, &str)]) -> BTreeSet<(usize, String)> {
    groups.iter().map(|(count, what)| (*count, (*what).to_owned())).collect()
}

/// Marks schemas in which 0004 will fail.
async fn mark(url: &str, names: &[&str]) {
    let client = connect(url).await;
    for name in names {
        let sql = format!(
            "INSERT INTO {0}.customers (email, full_name) VALUES ('a', 'b'); \
             INSERT INTO {0}.orders (customer_id, order_number) SELECT id, 'bad' FROM {0}.customers",
            ident(name)
        );
        client.batch_execute(&sql).await.expect("inserts");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_of_any_name_are_migrated_in_parallel_and_end_up_alike() {
    let database = fresh_database().await;
    let url = database.url();
    let mut names = numbered(12);
    names.extend(["tenant Ü\"1".to_owned(), "tenant-2".to_owned(), format!("tenant_{}", "x".repeat(56))]);
    schemas(url, &names).await;
    let tenants = Tenants::matching(url, "tenant*").await.expect("there are some");
    assert_eq!(tenants.schemas().len(), 15);

    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (at_work, peak) = (Arc::clone(&running), Arc::clone(&most));
    let rollout = Rollout::new(migrator(&[INITIAL, STATUS, LEAVES])).jobs(3).observe(move |event| match event {
        RolloutEvent::Started { .. } => {
            peak.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        }
        RolloutEvent::Finished { .. } => {
            at_work.fetch_sub(1, Ordering::SeqCst);
        }
        _ => {}
    });
    // No schema is affected by what the migration of another one left in the same session.
    let report = rollout.run(url, &tenants).await.expect("runs");
    assert!(report.is_complete() && report.stopped.is_none(), "{report:?}");
    assert_eq!(told(&report), expected(&[(15, "applied 0001_initial_catalog, 0002_add_order_status, 0003_leaves")]));
    assert_eq!((most.load(Ordering::SeqCst), running.load(Ordering::SeqCst)), (3, 0));

    let client = connect(url).await;
    let one = describe(&client, "tenant_1").await;
    assert!(one.len() > 30);
    let other = describe(&client, "\"tenant-2\"").await;
    assert_eq!(one.len(), other.len());
    let locks = client.query_one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", &[]).await;
    assert_eq!(locks.expect("one row").get::<_, i64>(0), 0);
    let again = rollout.run(url, &tenants).await.expect("runs");
    assert_eq!(told(&again), expected(&[(15, "UpToDate")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_canary_stops_everything_and_a_good_one_nothing() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, &numbered(4)).await;
    let tenants = Tenants::matching(url, "tenant_?").await.expect("four");
    Rollout::new(migrator(&[INITIAL, STATUS])).run(url, &tenants).await.expect("runs");
    mark(url, &["tenant_3"]).await;
    let with_canary = |name: &str| Rollout::new(migrator(&[INITIAL, STATUS, FAILS])).canary(ident(name));

    let report = with_canary("tenant_3").run(url, &tenants).await.expect("runs");
    assert_eq!(told(&report), expected(&[(1, "failed"), (3, "NotStarted")]));
    assert_eq!(report.stopped, Some(Stop::Canary));
    let report = with_canary("tenant_1").max_failures(1).run(url, &tenants).await.expect("runs");
    assert_eq!(told(&report), expected(&[(1, "failed"), (3, "applied 0004_fails")]));
    let error = with_canary("tenant_33").run(url, &tenants).await.expect_err("not listed");
    assert!(
        error.to_string().contains("not among the 4 schema(s)") && error.to_string().contains("tenant_3"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_grouped_and_more_than_allowed_stop_the_rest() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, &numbered(6)).await;
    let tenants = Tenants::matching(url, "tenant_*").await.expect("six");
    Rollout::new(migrator(&[INITIAL, STATUS])).run(url, &tenants).await.expect("runs");
    mark(url, &["tenant_1", "tenant_2", "tenant_3"]).await;
    let rollout = |allowed| Rollout::new(migrator(&[INITIAL, STATUS, FAILS])).jobs(1).max_failures(allowed);

    let report = rollout(1).run(url, &tenants).await.expect("runs");
    assert_eq!(told(&report), expected(&[(2, "failed"), (4, "NotStarted")]));
    assert_eq!(report.stopped, Some(Stop::Failures { allowed: 1 }));
    let report = rollout(3).run(url, &tenants).await.expect("runs");
    assert_eq!(told(&report), expected(&[(3, "failed"), (3, "applied 0004_fails")]));
    assert!(!report.is_complete() && report.stopped.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_dropped_during_the_run_is_reported_and_not_made_again() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, &numbered(8)).await;
    let tenants = Tenants::matching(url, "tenant_*").await.expect("eight");
    let client = Arc::new(connect(url).await);
    let dropped = Arc::new(AtomicUsize::new(0));
    let (admin, count) = (Arc::clone(&client), Arc::clone(&dropped));
    // Whenever a schema is begun, another one that waits is dropped during the run.
    let rollout = Rollout::new(migrator(&[INITIAL, STATUS])).jobs(2).observe(move |event| {
        if let RolloutEvent::Started { .. } = event
            && count.fetch_add(1, Ordering::SeqCst) == 0
        {
            let client = Arc::clone(&admin);
            tokio::spawn(async move {
                for name in ["tenant_8", "tenant_7", "tenant_2"] {
                    let _ = client.batch_execute(&format!("DROP SCHEMA {name} CASCADE")).await;
                }
            });
        }
    });
    let report = rollout.run(url, &tenants).await.expect("runs");
    assert!(report.is_complete(), "{report:?}");
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'tenant%'";
    assert_eq!(client.query_one(left, &[]).await.expect("one row").get::<_, i64>(0), 5);
    assert!(report.schemas.iter().any(|(_, outcome)| matches!(outcome, Outcome::Gone)), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rollouts_at_once_share_the_work() {
    let database = fresh_database().await;
    let url = database.url().to_owned();
    schemas(&url, &numbered(20)).await;
    let tenants = Tenants::matching(&url, "tenant_*").await.expect("twenty");
    let run = || {
        let (url, tenants) = (url.clone(), tenants.clone());
        tokio::spawn(async move {
            Rollout::new(migrator(&[INITIAL, STATUS])).jobs(3).run(&url, &tenants).await.expect("runs")
        })
    };
    let (one, other) = (run(), run());
    let reports = [one.await.expect("no panic"), other.await.expect("no panic")];
    let applied = |report: &RolloutReport| {
        report.schemas.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Applied { .. })).count()
    };
    assert!(reports.iter().all(RolloutReport::is_complete), "{reports:?}");
    assert_eq!(applied(&reports[0]) + applied(&reports[1]), 20);
}

#[tokio::test]
async fn patterns_and_queries_name_schemas_and_nothing_is_an_error() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, &["a_1".to_owned(), "ab1".to_owned(), "Tenant".to_owned()]).await;
    let names =
        |tenants: &Tenants| tenants.schemas().iter().map(|schema| schema.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&Tenants::matching(url, "a_*").await.expect("one")), ["a_1"]);
    assert_eq!(names(&Tenants::matching(url, "*").await.expect("all")), ["a_1", "ab1", "Tenant", "public"]);
    let none = Tenants::matching(url, "tenan*").await.expect_err("case counts");
    assert!(none.to_string().starts_with("no schema matches \"tenan*\"; there is \"Tenant\""), "{none}");
    let listed = Tenants::query(url, "VALUES ('ab1'), ('pg_catalog'), ('ab1'), ('gone') -- all").await.expect("names");
    assert_eq!(names(&listed), ["ab1", "gone"]);
    for (sql, wrong) in [
        ("SELECT 1, 2", "2 columns"),
        ("SELECT NULL", "a NULL"),
        ("SELECT 'x' WHERE false", "no schema"),
        ("SELECT 1", "a column of type int4: cast it to text"),
        ("COMMIT", "0 columns"),
    ] {
        let error = Tenants::query(url, sql).await.expect_err(sql).to_string();
        assert!(error.contains(wrong), "{error}");
    }
    let writes = Tenants::query(url, "CREATE SCHEMA x").await.expect_err("yields nothing");
    assert!(matches!(writes, TenantsError::NotNames { .. }), "{writes:?}");
}

#[tokio::test]
async fn a_query_for_schemas_is_one_statement_that_reads_within_a_limit() {
    let database = fresh_database().await;
    let (url, client) = (database.url(), connect(database.url()).await);
    client
        .batch_execute(
            "CREATE TABLE kept (a int); CREATE TYPE label AS ENUM ('one'); \
             CREATE FUNCTION makes() RETURNS text LANGUAGE plpgsql AS $$ BEGIN DROP TABLE kept; RETURN 'x'; END $$",
        )
        .await
        .expect("creates");
    for sql in [
        "COMMIT; DROP TABLE kept; SELECT 'x'",
        "SELECT 'x'; COMMIT; DROP TABLE kept",
        "ROLLBACK; BEGIN; DROP TABLE kept; COMMIT",
        "SELECT makes()",
        "INSERT INTO kept VALUES (1) RETURNING 'x'",
    ] {
        let error = Tenants::query(url, sql).await.expect_err(sql);
        assert!(matches!(error, TenantsError::Query { .. }), "{sql}: {error:?}");
        let kept = client.query_one("SELECT to_regclass('kept') IS NOT NULL", &[]).await.expect("a row");
        assert!(kept.get::<_, bool>(0), "{sql}");
    }
    let one = async |sql: &str| Tenants::query(url, sql).await.expect(sql).schemas()[0].as_str().to_owned();
    assert_eq!(one("SELECT current_setting('statement_timeout')").await, "30s");
    assert_eq!(one("SELECT 'one'::label").await, "one");
    assert_eq!(one("SELECT 'one'::name").await, "one");
    let strict =
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 200', current_database()); END $$";
    client.batch_execute(strict).await.expect("sets");
    let error = Tenants::query(url, "SELECT 'x' FROM pg_sleep(60)").await.expect_err("too slow");
    assert_eq!(error.to_string(), "the query for the schemas took longer than 200 ms");
}

#[tokio::test]
async fn a_schema_that_was_named_has_to_exist_and_one_that_was_found_may_be_gone() {
    let database = fresh_database().await;
    let (url, client) = (database.url(), connect(database.url()).await);
    schemas(url, &["one".to_owned(), "other".to_owned()]).await;
    let rollout = || Rollout::new(migrator(&[INITIAL]));
    let found = Tenants::matching(url, "o*").await.expect("both");
    let typo = [ident("one"), ident("ohter"), ident("gone \"x\"")];
    for named in [
        Tenants::new(typo.clone()),
        Tenants::query(url, "VALUES ('one'), ('ohter'), ('gone \"x\"')").await.expect("a query"),
    ] {
        let error = rollout().run(url, &named).await.expect_err("one is missing");
        let TenantsError::NoSuchSchemas { missing, nearest } = &error else { panic!("{error:?}") };
        assert_eq!(missing, &typo[1..]);
        assert_eq!(nearest[0], "\"other\"");
        assert!(error.to_string().starts_with("no such schema: ohter, gone \"x\"; there is \"other\""), "{error}");
        let status = rollout().status(url, &named).await.expect("reads");
        assert!(status.groups.iter().any(|group| matches!(group.common, TenantState::Missing)));
    }
    let made = client.query_one("SELECT to_regclass('one.schemata_migrations') IS NULL", &[]).await.expect("a row");
    assert!(made.get::<_, bool>(0), "nothing was migrated");
    client.batch_execute("DROP SCHEMA other").await.expect("drops");
    let report = rollout().run(url, &found).await.expect("runs");
    assert_eq!(told(&report), expected(&[(1, "applied 0001_initial_catalog"), (1, "Gone")]));
    assert!(report.is_complete());
}

/// The schemas are listed first, and their ledgers read afterwards.
#[tokio::test]
async fn a_schema_dropped_while_the_ledgers_are_read_is_missing_and_nothing_fails() {
    let database = fresh_database().await;
    let url = database.url().to_owned();
    schemas(&url, &numbered(3)).await;
    let all = Tenants::matching(&url, "tenant_*").await.expect("three");
    Rollout::new(migrator(&[INITIAL])).run(&url, &all).await.expect("runs");
    let (dropping, watching) = (connect(&url).await, connect(&url).await);
    dropping.batch_execute("BEGIN; DROP SCHEMA tenant_2 CASCADE").await.expect("drops, and does not commit yet");
    let reading = tokio::spawn(async move { Rollout::new(migrator(&[INITIAL])).status(&url, &all).await });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while watching.query_one(waits, &[]).await.expect("counts").get::<_, i64>(0) == 0 {
        assert!(!reading.is_finished(), "the ledger that is being dropped is not read");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    dropping.batch_execute("COMMIT").await.expect("commits");
    let status = reading.await.expect("no panic").expect("reads");
    let mut groups: Vec<(String, bool)> = status
        .groups
        .iter()
        .map(|group| (group.label().to_string(), matches!(group.common, TenantState::Missing)))
        .collect();
    groups.sort();
    assert_eq!(groups, [("tenant_1, tenant_3".to_owned(), false), ("tenant_2".to_owned(), true)]);
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_in_time_ends_the_status() {
    let database = fresh_database().await;
    schemas(database.url(), &numbered(2)).await;
    let all = Tenants::matching(database.url(), "tenant_*").await.expect("two");
    Rollout::new(migrator(&[INITIAL])).run(database.url(), &all).await.expect("runs");
    let holding = connect(database.url()).await;
    holding.batch_execute("BEGIN; LOCK TABLE tenant_2.schemata_migrations").await.expect("locks");
    let impatient = match database.url().split_once('?') {
        Some((before, options)) => format!("{before}?options=-c%20lock_timeout%3D100&{options}"),
        None => format!("{}?options=-c%20lock_timeout%3D100", database.url()),
    };
    let rollout = Rollout::new(migrator(&[INITIAL]));
    let read = tokio::time::timeout(Duration::from_secs(30), rollout.status(&impatient, &all)).await;
    let refused = read.expect("it ends").expect_err("the lock is held");
    assert_eq!(refused.to_string(), "reading the ledgers failed");
}

#[tokio::test]
async fn an_unknown_migration_is_reported_once_and_before_anything_runs() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, &numbered(3)).await;
    let tenants = Tenants::matching(url, "tenant_*").await.expect("three");
    let rollout = Rollout::new(migrator(&[INITIAL, STATUS]).to("0002_add_status")).canary(ident("tenant_2"));
    let said = [
        rollout.run(url, &tenants).await.expect_err("no such migration").to_string(),
        rollout.status(url, &tenants).await.expect_err("no such migration").to_string(),
        rollout.plan(url, &tenants).await.expect_err("no such migration").to_string(),
    ];
    let expected = "there is no migration \"0002_add_status\"; did you mean \"0002_add_order_status\"?";
    assert_eq!(said, [expected; 3]);
    let made = "SELECT count(*) FROM pg_class WHERE relname = 'schemata_migrations'";
    assert_eq!(connect(url).await.query_one(made, &[]).await.expect("a row").get::<_, i64>(0), 0);
    let nobody = Tenants::default();
    assert_eq!(rollout.status(url, &nobody).await.expect_err("nor here").to_string(), expected);
}

#[tokio::test]
async fn status_tells_every_state_apart_and_writes_nothing() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, &numbered(7)).await;
    let all = Tenants::matching(url, "tenant_*").await.expect("seven");
    let first = Tenants::new(all.schemas()[..5].iter().cloned());
    Rollout::new(migrator(&[INITIAL])).run(url, &first).await.expect("runs");
    Rollout::new(migrator(&[INITIAL, STATUS])).run(url, &Tenants::new([ident("tenant_1")])).await.expect("runs");
    let client = connect(url).await;
    client
        .batch_execute(
            "UPDATE tenant_2.schemata_migrations SET checksum = 'edited'; \
             UPDATE tenant_3.schemata_migrations SET schema_name = 'before'; \
             CREATE TABLE tenant_7.schemata_migrations (a int)",
        )
        .await
        .expect("changes");
    let rollout = Rollout::new(migrator(&[INITIAL, STATUS]));
    let status = rollout.status(url, &Tenants::new(all.schemas().iter().cloned().chain([ident("gone")]))).await;
    let status = status.expect("reads");
    let lines: Vec<String> = status
        .groups
        .iter()
        .map(|group| {
            let what = match &group.common {
                TenantState::UpToDate { last, .. } => format!("at {}", last.as_deref().unwrap_or("-")),
                TenantState::Behind { last, pending } => {
                    format!("after {} lacks {}", last.as_deref().unwrap_or("-"), pending.join(" "))
                }
                TenantState::Refused { error } => error.to_string().split(':').next().expect("a part").to_owned(),
                other => format!("{other:?}"),
            };
            format!("{}: {what}", group.label())
        })
        .collect();
    let mut sorted = lines.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "gone: Missing",
            "tenant_1: at 0002_add_order_status",
            "tenant_2: applied migrations have been edited",
            "tenant_3: the ledger \"tenant_3\".schemata_migrations lists migrations of before only",
            "tenant_4, tenant_5: after 0001_initial_catalog lacks 0002_add_order_status",
            "tenant_6: after - lacks 0001_initial_catalog 0002_add_order_status",
            "tenant_7: \"tenant_7\".schemata_migrations exists but is not Schemata's ledger",
        ],
        "{lines:#?}"
    );
    assert!(!status.is_up_to_date());
    let made = client.query_one("SELECT to_regclass('tenant_6.schemata_migrations') IS NULL", &[]).await.expect("row");
    assert!(made.get::<_, bool>(0));
    let planned =
        rollout.plan(url, &Tenants::new([4, 5, 6].map(|n| ident(&format!("tenant_{n}"))))).await.expect("plans");
    assert_eq!(planned.iter().map(|group| group.common.len()).collect::<BTreeSet<_>>(), BTreeSet::from([1, 2]));
}

#[tokio::test]
async fn the_state_of_a_thousand_schemas_is_one_query() {
    let database = fresh_database().await;
    let url = database.url();
    let client = connect(url).await;
    migrator(&[INITIAL]).schema(ident("tenant_1")).run(url).await.expect("applies");
    for from in (2..=1000).step_by(100) {
        let sql = format!(
            "DO $$ BEGIN FOR n IN {from}..{} LOOP \
             EXECUTE format('CREATE SCHEMA tenant_%s', n); \
             EXECUTE format('CREATE TABLE tenant_%s.schemata_migrations (LIKE tenant_1.schemata_migrations INCLUDING ALL)', n); \
             EXECUTE format('INSERT INTO tenant_%s.schemata_migrations SELECT (jsonb_populate_record(m, \
             jsonb_build_object(''schema_name'', ''tenant_%s''))).* FROM tenant_1.schemata_migrations m', n, n); \
             END LOOP; END $$",
            (from + 99).min(1000)
        );
        client.batch_execute(&sql).await.expect("creates");
    }
    let tenants = Tenants::matching(url, "tenant_*").await.expect("a thousand");
    let status = Rollout::new(migrator(&[INITIAL])).status(url, &tenants).await.expect("reads");
    assert_eq!((status.groups.len(), status.queries), (1, 1));
    assert_eq!(status.groups[0].schemas.len(), 1000);
    assert!(status.is_up_to_date());
    let behind = Rollout::new(migrator(&[INITIAL, STATUS])).status(url, &tenants).await.expect("reads");
    assert!(
        matches!(&behind.groups[0].common, TenantState::Behind { pending, .. } if pending == &["0002_add_order_status"])
    );
}

#[tokio::test]
async fn a_new_tenant_is_made_whole_carried_on_and_never_over_something_else() {
    let database = fresh_database().await;
    let url = database.url();
    let tenant = |entries: &[MigrationEntry], name: &str| migrator(entries).schema(ident(name));
    let report = tenant(&[INITIAL, STATUS], "Tenant-1").provision(url).await.expect("makes it");
    assert_eq!(report.applied.len(), 2);
    assert!(tenant(&[INITIAL, STATUS], "Tenant-1").provision(url).await.expect("is there").applied.is_empty());
    // What a crash between the two migrations leaves.
    tenant(&[INITIAL], "half").provision(url).await.expect("makes it");
    let report = tenant(&[INITIAL, STATUS], "half").provision(url).await.expect("it continues");
    assert_eq!(report.applied, ["0002_add_order_status"]);
    let client = connect(url).await;
    client
        .batch_execute("CREATE SCHEMA empty; CREATE SCHEMA full_one; CREATE TYPE full_one.t AS (a int)")
        .await
        .expect("ok");
    assert_eq!(tenant(&[INITIAL], "empty").provision(url).await.expect("uses it").applied.len(), 1);
    let taken = tenant(&[INITIAL], "full_one").provision(url).await.expect_err("it holds a type");
    assert!(matches!(taken, TenantsError::Taken { objects: 1.., .. }), "{taken}");
    assert!(matches!(tenant(&[], "none").provision(url).await, Err(TenantsError::NoMigrations)));
    assert!(tenant(&[INITIAL], "pg_x").provision(url).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_during_the_canary_ends_in_a_report() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, &numbered(3)).await;
    let tenants = Tenants::matching(url, "tenant_?").await.expect("three");
    let (asked, stop) = tokio::sync::watch::channel(false);
    let rollout = Rollout::new(migrator(&[INITIAL, STATUS])).canary(ident("tenant_2")).observe(move |event| {
        if matches!(event, RolloutEvent::Started { .. }) {
            asked.send_replace(true);
        }
    });
    let mut stop = stop;
    let stopped = async move {
        stop.wait_for(|asked| *asked).await.expect("the rollout runs");
    };
    let report = rollout.run_until(url, &tenants, stopped).await.expect("runs");
    assert_eq!(
        told(&report),
        expected(&[(1, "applied 0001_initial_catalog, 0002_add_order_status"), (2, "NotStarted")])
    );
    assert_eq!(report.stopped, Some(Stop::Asked));
}
