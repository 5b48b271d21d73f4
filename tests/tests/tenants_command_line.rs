//! Many schemas from the command line: what is printed, the exit codes, and what an interruption leaves.

use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tenancy");

fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env("DATABASE_URL", url);
    command
}

/// The exit code, standard output and standard error.
fn run(url: &str, arguments: &[&str]) -> (i32, String, String) {
    told(&command(url, arguments).output().expect("starts"))
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("an exit code"), text(&output.stdout), text(&output.stderr))
}

fn done(out: &str) -> (i32, String, String) {
    (0, out.to_owned(), String::new())
}

/// Empty schemas `tenant_1` and so on.
async fn schemas(url: &str, count: usize) {
    let sql: Vec<String> = (1..=count).map(|n| format!("CREATE SCHEMA tenant_{n}")).collect();
    connect(url).await.batch_execute(&sql.join(";")).await.expect("creates");
}

async fn too_long(url: &str, schema: &str) {
    let sql = format!("INSERT INTO {schema}.notes (body) VALUES (repeat('long ', 10))");
    connect(url).await.batch_execute(&sql).await.expect("inserts");
}

/// How many schemas have how many ledger rows and notes: `(ledger rows, notes, schemas)`.
async fn census(url: &str) -> Vec<(i64, i64, i64)> {
    let client = connect(url).await;
    let mut found = std::collections::BTreeMap::new();
    for row in
        client.query("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'tenant%'", &[]).await.expect("rows")
    {
        let schema: String = row.get(0);
        let made = format!("SELECT to_regclass('{schema}.schemata_migrations') IS NOT NULL");
        let mut counts = (0_i64, 0_i64);
        if client.query_one(&made, &[]).await.expect("a row").get(0) {
            let sql = format!(
                "SELECT (SELECT count(*) FROM {schema}.schemata_migrations), (SELECT count(*) FROM {schema}.notes)"
            );
            let row = client.query_one(&sql, &[]).await.expect("a row");
            counts = (row.get(0), row.get(1));
        }
        *found.entry(counts).or_insert(0) += 1;
    }
    found.into_iter().map(|((ledger, notes), schemas)| (ledger, notes, schemas)).collect()
}

#[tokio::test]
async fn a_rollout_is_summarised_and_failures_have_their_cause() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, 6).await;
    let all = ["migrate", "--all-schemas", "tenant_*"];
    let with = |more: &[&'static str]| run(url, &[&all[..], more].concat());
    let first = done("6 schema(s):\n- tenant_1 and 5 more: applied 0001_notes\n");
    assert_eq!(with(&["--to", "0001_notes", "--jobs", "2"]), first);

    too_long(url, "tenant_2").await;
    too_long(url, "tenant_5").await;
    let (code, out, err) = with(&["--jobs", "1", "--canary", "tenant_2"]);
    assert_eq!((code, out.as_str()), (1, "6 schema(s):\n- tenant_1 and 4 more: not started\n- tenant_2: failed\n"));
    assert!(err.starts_with("error: tenant_2: migration 0002_short_notes"), "{err}");
    assert!(err.contains("  PostgreSQL: check constraint \"short\"") && err.contains("is violated"), "{err}");
    assert!(err.ends_with("stopped early: the canary was not migrated\n"), "{err}");

    let (code, out, err) = with(&["--jobs", "1", "--max-failures", "1"]);
    assert_eq!(code, 1, "{err}");
    let expected = "6 schema(s):\n- tenant_1, tenant_3, tenant_4: applied 0002_short_notes\n\
                    - tenant_2, tenant_5: failed\n- tenant_6: not started\n";
    assert_eq!(out, expected);
    assert_eq!(err.matches("error: ").count(), 1, "one error for both: {err}");
    assert!(err.starts_with("error: tenant_2, tenant_5: "), "{err}");
    assert!(err.ends_with("stopped early: more than 1 schema(s) failed (--max-failures)\n"), "{err}");

    let sql = "UPDATE tenant_2.notes SET body = 'brief'; UPDATE tenant_5.notes SET body = 'brief'";
    connect(url).await.batch_execute(sql).await.expect("updates");
    let last = "6 schema(s):\n- tenant_1, tenant_3, tenant_4: up to date\n\
                - tenant_2, tenant_5, tenant_6: applied 0002_short_notes\n";
    assert_eq!(with(&["--canary", "tenant_2"]), done(last));
    assert_eq!(with(&[]), done("6 schema(s):\n- tenant_1 and 5 more: up to date\n"));
}

#[tokio::test]
async fn status_and_dry_runs_say_where_all_stand_and_change_nothing() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, 5).await;
    let some = "SELECT 'tenant_' || n FROM generate_series(1, 4) n";
    assert_eq!(run(url, &["migrate", "--schemas-from", some, "--to", "0001_notes"]).0, 0);
    assert_eq!(run(url, &["migrate", "--schemas-from", "VALUES ('tenant_1')"]).0, 0);
    let before = census(url).await;
    let expected = "up to date  tenant_1                      at 0002_short_notes\n\
                    behind      tenant_2, tenant_3, tenant_4  at 0001_notes; pending: 0002_short_notes\n\
                    behind      tenant_5                      nothing applied; pending: 0001_notes, 0002_short_notes\n";
    assert_eq!(run(url, &["status", "--all-schemas", "tenant_*"]), (2, expected.to_owned(), String::new()));
    let one = run(url, &["status", "--schemas-from", "VALUES ('tenant_1')"]);
    assert_eq!(one, done("up to date  tenant_1  at 0002_short_notes\n"));

    let (code, out, err) = run(url, &["migrate", "--all-schemas", "tenant_*", "--dry-run"]);
    assert_eq!((code, err.as_str()), (2, ""));
    assert!(out.starts_with("-- In tenant_2, tenant_3, tenant_4, shown for tenant_2:\n-- 0002_short_notes (notes)\n"));
    assert!(out.contains("\n-- In tenant_5:\n-- 0001_notes (notes)\n") && out.contains("CREATE TABLE notes"), "{out}");
    assert_eq!(run(url, &["migrate", "--all-schemas", "tenant_1", "--dry-run"]), done("Nothing is pending.\n"));

    let edited = "UPDATE tenant_3.schemata_migrations SET checksum = 'edited'";
    connect(url).await.batch_execute(edited).await.expect("updates");
    let (code, out, err) = run(url, &["migrate", "--all-schemas", "tenant_*", "--dry-run"]);
    assert_eq!(code, 1, "{out}");
    assert!(err.starts_with("error: tenant_3: applied migrations have been edited"), "{err}");
    let (code, out, _) = run(url, &["status", "--schemas-from", "VALUES ('tenant_3'), ('gone')"]);
    assert_eq!(code, 2);
    assert!(
        out.starts_with("refused  tenant_3  applied migrations") && out.contains("missing  gone      no such"),
        "{out}"
    );
    assert_eq!(census(url).await, before);
}

#[tokio::test]
async fn a_tenant_is_provisioned_once_and_mistakes_are_refused() {
    let database = fresh_database().await;
    let url = database.url();
    let made = done("Applied 2 migration(s) to tenant_1:\n- 0001_notes\n- 0002_short_notes\n");
    assert_eq!(run(url, &["provision", "tenant_1"]), made);
    let again = done("Schema tenant_1 already has all migrations.\n");
    assert_eq!(run(url, &["provision", "tenant_1"]), again);
    connect(url).await.batch_execute("CREATE SCHEMA busy; CREATE TABLE busy.t ()").await.expect("creates");
    for (arguments, wrong) in [
        (&["provision", "busy"][..], "schema \"busy\" exists and has no ledger"),
        (&["migrate", "--all-schemas", "tennant_*"], "no schema matches \"tennant_*\"; there is \"tenant_1\""),
        (&["migrate", "--schemas-from", "DELETE FROM tenant_1.notes"], "it returns 0 columns"),
        (&["migrate", "--all-schemas", "tenant_*", "--canary", "tenant_2"], "there is \"tenant_1\""),
        (&["migrate", "--all-schemas", "a", "--schemas-from", "b"], "cannot be used with"),
        (&["migrate", "--all-schemas", "a", "--schema", "b"], "cannot be used with"),
        (&["status", "--all-schemas", "a", "--schema", "b"], "cannot be used with"),
        (&["migrate", "--jobs", "2"], "--all-schemas"),
        (&["migrate", "--all-schemas", "a", "--jobs", "0"], "--jobs"),
    ] {
        let (code, out, err) = run(url, arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}: {err}");
        assert!(err.contains(wrong), "{arguments:?}: {err}");
    }
    connect(url).await.batch_execute("CREATE SCHEMA tenant_2; CREATE SCHEMA tenant_3").await.expect("creates");
    for dry in [&[][..], &["--dry-run"]] {
        let of = |more: &[&'static str]| run(url, &[&["migrate"], more, dry].concat());
        let (code, out, err) = of(&["--all-schemas", "tenant_*", "--to", "0003"]);
        assert_eq!((code, out.as_str(), err.matches("error: ").count()), (1, "", 1), "{err}");
        assert!(err.starts_with("error: there is no migration \"0003\""), "{err}");
        let (code, _, err) = of(&["--schemas-from", "VALUES ('tenant_1'), ('tenant_4')"]);
        assert!(code == 1 && err.contains("tenant_4") && err.contains("`provision NAME` creates"), "{err}");
    }
    connect(url).await.batch_execute("DROP SCHEMA tenant_2; DROP SCHEMA tenant_3").await.expect("drops");
    assert_eq!(census(url).await, [(2, 2, 1)]);
}

/// Waits until the second migration is committed in a quarter of the schemas, while the program is at work.
async fn a_quarter_is_done(url: &str, program: &mut Child) {
    while census(url).await.iter().all(|&(ledger, _, schemas)| ledger != 2 || schemas < 10) {
        assert!(program.try_wait().expect("ours").is_none(), "it ended too early");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const ALL: [&str; 5] = ["migrate", "--all-schemas", "tenant_*", "--jobs", "4"];

#[tokio::test]
async fn killed_half_way_the_next_run_does_the_rest_and_nothing_twice() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, 40).await;
    let mut program = command(url, &ALL).stdout(Stdio::null()).spawn().expect("starts");
    a_quarter_is_done(url, &mut program).await;
    program.kill().expect("SIGKILL");
    assert!(!program.wait().expect("ends").success(), "it was not done yet");
    let left = census(url).await;
    // Each migration is applied as a whole, with its note and its ledger row, or not at all.
    assert!(left.iter().all(|(ledger, notes, _)| ledger == notes), "{left:?}");
    assert!(left.iter().any(|&(ledger, ..)| ledger < 2), "nothing was left to do: {left:?}");
    let (code, out, err) = run(url, &ALL);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("up to date") && out.contains(": applied "), "{out}");
    assert_eq!(census(url).await, [(2, 2, 40)]);
}

#[tokio::test]
async fn ctrl_c_finishes_the_schemas_at_work_and_tells_what_was_done() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, 40).await;
    let mut program = command(url, &ALL).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    a_quarter_is_done(url, &mut program).await;
    let asked = Command::new("kill").args(["-INT", &program.id().to_string()]).status().expect("runs");
    assert!(asked.success());
    let (code, out, err) = told(&program.wait_with_output().expect("ends"));
    assert_eq!(code, 1, "{out}{err}");
    assert!(
        err.contains("stopping after the schemas that are being migrated")
            && err.ends_with("stopped early: interrupted; the next run continues\n")
    );
    let after = census(url).await;
    let [(0, 0, begun_not), (2, 2, whole)] = after[..] else { panic!("a schema was left half done: {after:?}") };
    assert!(out.contains(&format!(" and {} more: applied 0001_notes, 0002_short_notes", whole - 1)), "{whole}: {out}");
    assert!(out.contains(&format!(" and {} more: not started", begun_not - 1)), "{begun_not}: {out}");
}

#[tokio::test]
async fn a_missing_schema_is_reported_before_anything_else() {
    let database = fresh_database().await;
    let url = database.url();
    schemas(url, 2).await;
    let near = "; there is \"tenant_1\", \"tenant_2\", \"public\"\n";
    for command in [&["status"][..], &["plan"], &["migrate", "--dry-run"], &["plan", "--measure"]] {
        let (code, _, err) = run(url, &[command, &["--schema", "tenant_l"]].concat());
        assert_eq!(err, format!("note: schema \"tenant_l\" does not exist, and would be created by `migrate`{near}"));
        assert_eq!(code, 2, "{command:?}");
    }
    let (code, out, err) = run(url, &["migrate", "--schema", "tenant_l"]);
    assert_eq!((code, err), (0, format!("note: schema \"tenant_l\" does not exist, and is created{near}")), "{out}");
    assert_eq!(run(url, &["status", "--schema", "tenant_l"]).2, "", "it is there now");
    let (code, _, err) = run(url, &["migrate", "--schemas-from", "VALUES ('tenant_1'), ('tenant_x')"]);
    assert_eq!(code, 1);
    assert!(err.starts_with("error: no such schema: tenant_x; there is \"tenant_1\""), "{err}");
}
