//! The library's command line, in an application whose `main` is one line.

use std::process::Command;

use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;

const PROGRAM: &str = env!("CARGO_BIN_EXE_slow_migration");

#[tokio::test]
async fn a_long_migration_shows_on_a_terminal_what_runs_and_for_how_long() {
    let database = fresh_database().await;
    // `script` gives the program a terminal.
    let output = Command::new("script")
        .args(["-qec", &format!("{PROGRAM} migrate"), "/dev/null"])
        .env("DATABASE_URL", database.url())
        .output()
        .expect("script is part of every Linux");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("running 0001_slow for 1 s"), "{text}");
    assert!(text.contains("Applied 1 migration(s):\r\n- 0001_slow"), "{text}");
}

#[tokio::test]
async fn without_a_terminal_there_is_no_colour_and_no_counting() {
    let database = fresh_database().await;
    let output = Command::new(PROGRAM).arg("migrate").env("DATABASE_URL", database.url()).output().expect("starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Applied 1 migration(s):\n- 0001_slow\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let failed = Command::new(PROGRAM).args(["migrate", "--to", "x"]).env("DATABASE_URL", database.url()).output();
    let failed = failed.expect("starts");
    assert_eq!(failed.status.code(), Some(1));
    let text = String::from_utf8_lossy(&failed.stderr);
    assert!(text.starts_with("error: there is no migration \"x\"") && !text.contains('\u{1b}'), "{text}");
}

#[tokio::test]
async fn killed_half_way_nothing_is_left_and_the_next_run_continues() {
    let database = fresh_database().await;
    let mut program = Command::new(PROGRAM).arg("migrate").env("DATABASE_URL", database.url()).spawn().expect("starts");
    let client = connect(database.url()).await;
    let sleeping =
        "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(2.5)' AND datname = current_database()";
    while client.query(sleeping, &[]).await.expect("reads").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    program.kill().expect("SIGKILL");
    program.wait().expect("ends");
    let ledger = client.query_one("SELECT to_regclass('schemata_migrations') IS NULL", &[]).await.expect("one row");
    assert!(ledger.get::<_, bool>(0), "neither migration nor ledger");
    let output = Command::new(PROGRAM).arg("migrate").env("DATABASE_URL", database.url()).output().expect("starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Applied 1 migration(s):\n- 0001_slow\n");
}

#[tokio::test]
async fn timeouts_are_given_with_their_units() {
    let database = fresh_database().await;
    let migrate = |timeouts: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_long_migration"));
        command.args(["migrate", "--to", "0001_orders"]).args(timeouts).env("DATABASE_URL", database.url());
        let output = command.output().expect("starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = migrate(&["--lock-timeout", "5m"]);
    assert_eq!(code, Some(1));
    let refusal = "invalid value '5m' for '--lock-timeout <TIME>': write 500ms, 5s, 2min, 1h, or seconds";
    assert!(text.contains(refusal), "{text}");
    let (code, text) = migrate(&["--statement-timeout", "100ms"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("at: SELECT pg_sleep(0.2)") && text.contains("SQLSTATE 57014"), "{text}");
    assert_eq!(migrate(&["--lock-timeout", "2min", "--statement-timeout", "30"]).0, Some(0));
    let client = connect(database.url()).await;
    let row = client.query_one("SELECT lock || ' ' || statement FROM settings", &[]).await.expect("one row");
    assert_eq!(row.get::<_, String>(0), "2min 30s");
}

/// The lines of the result, without durations.
fn measured(arguments: &[&str], url: &str) -> (Option<i32>, Vec<String>) {
    let program = env!("CARGO_BIN_EXE_heavy_migration");
    let output = Command::new(program).args(arguments).env("DATABASE_URL", url).output().expect("starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let timeless = |line: &str| match line.split_once(" ms)") {
        Some((before, after)) => {
            format!("{}…{after}", before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '('))
        }
        None => line.to_owned(),
    };
    (output.status.code(), text.lines().map(timeless).collect())
}

#[tokio::test]
async fn a_dangerous_migration_is_shown_before_it_hurts() {
    let database = fresh_database().await;
    let (code, lines) = measured(&["plan", "--measure", "--to", "0001_visits"], database.url());
    assert_eq!(code, Some(0), "{lines:#?}");
    assert_eq!(lines.last().map(String::as_str), Some("-- Safe on a busy database. Times are those on empty tables."));
    let program = env!("CARGO_BIN_EXE_heavy_migration");
    let to =
        Command::new(program).args(["migrate", "--to", "0001_visits"]).env("DATABASE_URL", database.url()).output();
    assert!(to.expect("starts").status.success());

    let (code, lines) = measured(&["plan", "--measure"], database.url());
    assert_eq!(code, Some(2), "{lines:#?}");
    assert_eq!(lines[1], "ALTER TABLE \"public\".\"visits\" ALTER COLUMN \"id\" TYPE bigint;");
    assert_eq!(
        lines[2],
        "--   visits (16 kB, rows not counted yet): ACCESS EXCLUSIVE lock (nobody else reads or writes), rewritten, \
         rebuilt: visits_pkey"
    );
    assert_eq!(lines[3], "--   DANGEROUS …: rewrites all of visits while nobody can read or write visits");
    assert!(lines[4].starts_with("--   instead: "), "{lines:#?}");

    let (plan, dry_run) = (measured(&["plan"], database.url()), measured(&["migrate", "--dry-run"], database.url()));
    assert_eq!(plan, dry_run);
    assert_eq!(plan.0, Some(2));
    let ledger = connect(database.url()).await.query("SELECT 1 FROM schemata_migrations", &[]).await.expect("reads");
    assert_eq!(ledger.len(), 1, "nothing was applied");
}
