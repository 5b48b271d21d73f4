//! `--json`: one document on standard output, compared field by field with the state of the database. Each document is also
//! checked against its JSON Schema in `docs/json`.

use std::process::Command;

use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::json_schema::{faults, schema};
use schemata_tests::process::Folder;
use serde_json::{Value, json};
use tokio_postgres::Client;

const VISITS: &str = env!("CARGO_BIN_EXE_heavy_migration");
const TENANCY: &str = env!("CARGO_BIN_EXE_tenancy");
const LONG: &str = env!("CARGO_BIN_EXE_long_migration");
const NOTES: &str = env!("CARGO_BIN_EXE_notes");

/// The exit code, the document, and standard error.
fn run(program: &str, url: &str, arguments: &[&str]) -> (i32, Value, String) {
    let output = Command::new(program).args(arguments).arg("--json").env("DATABASE_URL", url).output().expect("starts");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    let document = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}"));
    let name = schema_of(arguments, &document);
    assert_eq!(faults(&schema(name), &document), Vec::<String>::new(), "{name}: {document:#}");
    (output.status.code().expect("a code"), document, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Returns the name of the schema that describes the document of a command.
fn schema_of(arguments: &[&str], document: &Value) -> &'static str {
    let is_given = |argument| arguments.contains(&argument);
    let of_many = document.get("groups").is_some();
    match () {
        () if document.get("error").is_some() => "error",
        () if is_given("show") => "history",
        () if is_given("--measure") => "measured",
        () if is_given("plan") || is_given("--dry-run") => {
            if of_many {
                "many-plan"
            } else {
                "plan"
            }
        }
        () if is_given("migrate") => {
            if of_many {
                "many-migrate"
            } else {
                "migrate"
            }
        }
        () if is_given("status") => {
            if of_many {
                "many-status"
            } else {
                "status"
            }
        }
        () => "check",
    }
}

async fn text(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}")).get(0)
}

/// A column of the ledger.
async fn ledger(client: &Client, column: &str, id: &str) -> String {
    text(client, &format!("SELECT ({column})::text FROM schemata_migrations WHERE migration_id = '{id}'")).await
}

/// Whether PostgreSQL reads `at` as the time in the ledger.
async fn is_time(client: &Client, at: &Value, id: &str) -> bool {
    let at = at.as_str().expect("a time");
    assert!(at.contains('T') && at.len() >= "2026-11-24T08:00:00+00:00".len(), "{at}");
    text(client, &format!("SELECT (finished_at = '{at}')::text FROM schemata_migrations WHERE migration_id = '{id}'"))
        .await
        == "true"
}

fn state(id: &str, state: &str, more: &[(&str, Value)]) -> Value {
    let mut all = json!({ "module": "visits", "id": id, "state": state, "applied_at": null, "steps_done": null, "steps": null,
        "late_after": null, "ledger_checksum": null, "program_checksum": null, "replaced_by": null, "waits_for": null,
        "stuck_because": null });
    for (name, value) in more {
        all[*name] = value.clone();
    }
    all
}

#[tokio::test]
async fn status_reports_every_state_with_its_details() {
    let database = fresh_database().await;
    let (url, client) = (database.url(), connect(database.url()).await);
    let both = |states: [Value; 2], settled| json!({ "schema": "public", "up_to_date": settled, "migrations": states });
    let fresh = [state("0001_visits", "pending", &[]), state("0002_longer_ids", "pending", &[])];
    assert_eq!(run(VISITS, url, &["status"]), (2, both(fresh, false), String::new()));

    let (code, said, _) = run(VISITS, url, &["migrate"]);
    assert_eq!(
        (code, said),
        (0, json!({ "schema": "public", "applied": ["0001_visits", "0002_longer_ids"], "marked": [] }))
    );
    assert_eq!(run(VISITS, url, &["migrate"]).1, json!({ "schema": "public", "applied": [], "marked": [] }));
    let (code, said, _) = run(VISITS, url, &["status"]);
    let times = [&said["migrations"][0]["applied_at"], &said["migrations"][1]["applied_at"]];
    assert!(is_time(&client, times[0], "0001_visits").await && is_time(&client, times[1], "0002_longer_ids").await);
    let applied = |id, at: &Value| state(id, "applied", &[("applied_at", at.clone())]);
    let all = both([applied("0001_visits", times[0]), applied("0002_longer_ids", times[1])], true);
    assert_eq!((code, &said), (0, &all));

    let checksum = ledger(&client, "checksum", "0002_longer_ids").await;
    client
        .batch_execute(
            "UPDATE schemata_migrations SET checksum = 'other' WHERE migration_id = '0002_longer_ids'; \
        UPDATE schemata_migrations SET migration_id = '0001_gone' WHERE migration_id = '0001_visits'",
        )
        .await
        .expect("edits");
    let (code, said, _) = run(VISITS, url, &["status"]);
    let sums = [("ledger_checksum", json!("other")), ("program_checksum", json!(checksum))];
    let late = state("0001_visits", "late", &[("late_after", json!("0002_longer_ids"))]);
    let all = json!([late, state("0002_longer_ids", "edited", &sums), state("0001_gone", "unlinked", &[])]);
    assert_eq!((code, &said["migrations"], &said["up_to_date"]), (2, &all, &json!(false)));

    let half = "UPDATE schemata_migrations SET finished_at = NULL, operations = '[\"a\", \"b\", \"c\"]', progress = '{\"done\": 2}' \
                WHERE migration_id = '0002_longer_ids'";
    client.batch_execute(half).await.expect("as if interrupted");
    let steps = [("steps_done", json!(2)), ("steps", json!(3))];
    let (_, said, _) = run(VISITS, url, &["status"]);
    assert_eq!(said["migrations"][1], state("0002_longer_ids", "unfinished", &steps));
}

#[tokio::test]
async fn a_plan_holds_the_statements_that_run() {
    let database = fresh_database().await;
    let url = database.url();
    let (code, said, beside) = run(LONG, url, &["plan"]);
    assert_eq!((code, beside.as_str()), (2, ""));
    assert_eq!(run(LONG, url, &["migrate", "--dry-run"]).1, said);
    let one = &said["migrations"][1];
    assert_eq!(said["schema"], "public");
    assert_eq!([&one["module"], &one["id"]], ["patience", "0002_steps"]);
    assert_eq!([&one["stepwise"], &one["reads_data"], &one["late_after"]], [&json!(true), &json!(false), &Value::Null]);
    assert_eq!(one.as_object().expect("an object").len(), 6);
    assert_eq!(run(LONG, url, &["migrate"]).0, 0);
    let client = connect(url).await;
    for migration in said["migrations"].as_array().expect("two") {
        let ran = ledger(&client, "operations", migration["id"].as_str().expect("an id")).await;
        assert_eq!(migration["statements"], serde_json::from_str::<Value>(&ran).expect("JSON"), "{migration}");
    }
    assert_eq!(run(LONG, url, &["plan"]), (0, json!({ "schema": "public", "migrations": [] }), String::new()));
}

#[tokio::test]
async fn what_was_applied_is_shown_as_the_ledger_has_it() {
    let database = fresh_database().await;
    let (url, client) = (database.url(), connect(database.url()).await);
    assert_eq!(run(LONG, url, &["migrate"]).0, 0);
    let note = "UPDATE schemata_migrations SET note = 'by \"hand\"' WHERE migration_id = '0002_steps'";
    client.batch_execute(note).await.expect("notes");
    let (code, said, _) = run(LONG, url, &["migrate", "show", "0002_steps"]);
    let one = &said["migrations"][0];
    let of = |column: &'static str| ledger(&client, column, "0002_steps");
    let expected = json!({ "schema": "public", "migrations": [{
        "module": "patience",
        "id": "0002_steps",
        "checksum": of("checksum").await,
        "state": "applied",
        "at": one["at"],
        "took_ms": of("(extract(epoch FROM duration) * 1000)::bigint").await.parse::<i64>().expect("a number"),
        "role": of("applied_by").await,
        "application": of("application").await,
        "steps_done": of("progress->>'done'").await.parse::<i64>().ok(),
        "steps": of("progress->>'of'").await.parse::<i64>().ok(),
        "rows": null,
        "replaces": [],
        "allowed": [],
        "note": "by \"hand\"",
        "statements": serde_json::from_str::<Value>(&of("operations").await).expect("JSON"),
    }] });
    assert_eq!((code, &said), (0, &expected));
    assert!(is_time(&client, &one["at"], "0002_steps").await);
    let (code, said, beside) = run(LONG, url, &["migrate", "show", "0009"]);
    let message = "the ledger has no migration \"0009\"; `status` lists the ones it has";
    let error = json!({ "message": message, "causes": [], "postgresql": null, "migration": null, "statement": null,
        "applied": null });
    assert_eq!((code, said), (1, json!({ "error": error })));
    assert_eq!(beside, format!("error: {message}\n"), "people read it where they did");
}

#[tokio::test]
async fn a_measured_plan_says_what_each_statement_does() {
    let database = fresh_database().await;
    let url = database.url();
    assert_eq!(run(VISITS, url, &["migrate", "--to", "0001_visits"]).0, 0);
    let (code, mut said, _) = run(VISITS, url, &["plan", "--measure"]);
    let took = said["migrations"][0]["statements"][0]["took_ms"].take();
    assert!(took.as_f64().is_some_and(|took| took > 0.0), "{took}");
    let client = connect(url).await;
    let bytes: i64 = client.query_one("SELECT pg_total_relation_size('visits')", &[]).await.expect("a size").get(0);
    let instead = said["migrations"][0]["statements"][0]["danger"]["instead"].clone();
    assert!(instead.as_str().is_some_and(|text| text.contains("id_new")), "{instead}");
    let expected = json!({ "schema": "public", "safe": false, "migrations": [{
        "module": "visits",
        "id": "0002_longer_ids",
        "statements": [{
            "sql": "ALTER TABLE \"public\".\"visits\" ALTER COLUMN \"id\" TYPE bigint",
            "transaction": 1,
            "batch_rows": null,
            "took_ms": null,
            "effects": [{ "table": "visits", "lock": "ACCESS EXCLUSIVE", "rewritten": true, "scanned": true,
                "rebuilt": ["visits_pkey"], "dropped": false, "live_bytes": bytes, "live_rows": null }],
            "danger": {
                "message": "rewrites all of visits while nobody can read or write visits",
                "work": [{ "table": "visits", "work": "rewrite" }],
                "locked": [{ "table": "visits", "lock": "ACCESS EXCLUSIVE" }],
                "inherited": false,
                "instead": instead,
                "allowed": null,
            },
        }],
    }], "refused": [], "unseen": [] });
    assert_eq!((code, said), (2, expected));
    assert_eq!(run(VISITS, url, &["migrate"]).0, 0);
    let nothing = json!({ "schema": "public", "safe": true, "migrations": [], "refused": [], "unseen": [] });
    assert_eq!(run(VISITS, url, &["plan", "--measure"]), (0, nothing, String::new()));
}

#[tokio::test]
async fn a_check_names_objects_and_differences() {
    let database = fresh_database().await;
    let (url, client) = (database.url(), connect(database.url()).await);
    let found = |models: Value, database: Value, pending: Value, left_alone: Value, agrees| {
        json!({ "schema": "public", "agrees": agrees, "models": models, "database": database, "squashes": [], "pending": pending,
            "left_alone": left_alone, "unmanaged": [], "absent": [] })
    };
    let fresh = found(json!([]), json!([]), json!(["0001_notes"]), json!([]), false);
    assert_eq!(run(NOTES, url, &["check"]), (2, fresh, String::new()));
    assert_eq!(run(NOTES, url, &["migrate"]).0, 0);
    assert_eq!(run(NOTES, url, &["check"]).1, found(json!([]), json!([]), json!([]), json!([]), true));
    client.batch_execute("ALTER TABLE notes ADD extra int; CREATE VIEW v AS SELECT 1 AS n").await.expect("by hand");
    let extra = json!([{ "object": "notes.extra", "difference": "the database has it, the migrations do not" }]);
    let expected = found(json!([]), extra, json!([]), json!(["view v"]), false);
    assert_eq!(run(NOTES, url, &["check"]), (2, expected, String::new()));
    // The program has no models, so every object of its migrations is superfluous.
    let (_, said, _) = run(VISITS, url, &["check"]);
    let one = json!({ "object": "table visits", "difference": "the migrations have it, the model does not" });
    assert!(said["models"].as_array().is_some_and(|all| all.contains(&one)) || said["error"].is_object(), "{said}");
}

#[tokio::test]
async fn many_schemas_come_in_groups() {
    let database = fresh_database().await;
    let (url, client) = (database.url(), connect(database.url()).await);
    client
        .batch_execute("CREATE SCHEMA tenant_1; CREATE SCHEMA tenant_2; CREATE SCHEMA tenant_3")
        .await
        .expect("three");
    assert_eq!(run(TENANCY, url, &["migrate", "--schema", "tenant_1"]).0, 0);
    assert_eq!(run(TENANCY, url, &["migrate", "--schema", "tenant_2", "--to", "0001_notes"]).0, 0);
    let group = |schemas: Value, state: &str, last: Value, pending: Value| json!({ "schemas": schemas, "state": state, "last_applied": last, "pending": pending, "to_mark": [], "error": null });
    let groups = [
        group(json!(["tenant_1"]), "up_to_date", json!("0002_short_notes"), json!([])),
        group(json!(["tenant_2"]), "behind", json!("0001_notes"), json!(["0002_short_notes"])),
        group(json!(["tenant_3"]), "behind", Value::Null, json!(["0001_notes", "0002_short_notes"])),
    ];
    let all = ["--all-schemas", "tenant_*"];
    let many = |command: &[&'static str]| run(TENANCY, url, &[command, &all[..]].concat());
    assert_eq!(many(&["status"]), (2, json!({ "up_to_date": false, "groups": groups }), String::new()));

    let (code, mut said, _) = many(&["migrate", "--dry-run"]);
    let single = run(TENANCY, url, &["plan", "--schema", "tenant_3"]).1;
    for (at, group) in groups.iter().enumerate() {
        let migrations =
            said["groups"][at].as_object_mut().and_then(|group| group.remove("migrations")).expect("a list");
        assert_eq!(said["groups"][at], *group);
        match at {
            2 => assert_eq!(migrations, single["migrations"]),
            _ => assert_eq!(migrations.as_array().map(Vec::len), Some(at)),
        }
    }
    assert_eq!((code, &said["up_to_date"]), (2, &json!(false)));

    client.batch_execute("INSERT INTO tenant_2.notes (body) VALUES (repeat('long ', 10))").await.expect("inserts");
    let (code, said, _) = many(&["migrate", "--canary", "tenant_2"]);
    assert_eq!((code, &said["complete"], &said["stopped"]), (1, &json!(false), &json!("canary")));
    let outcomes: Vec<_> = said["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| (&group["schemas"][0], &group["outcome"]))
        .collect();
    assert_eq!(json!(outcomes), json!([["tenant_1", "up_to_date"], ["tenant_2", "failed"], ["tenant_3", "not_begun"]]));
    let (code, mut said, beside) = many(&["migrate", "--max-failures", "1"]);
    let failed = said["groups"].as_array_mut().expect("groups").iter_mut().find(|group| group["outcome"] == "failed");
    let error = failed.map(|group| group["error"].take()).expect("one failed");
    let outcome = |schema: &str, outcome: &str, applied: Value| json!({ "schemas": [schema], "outcome": outcome, "applied": applied, "marked": [], "error": null });
    let both = json!(["0001_notes", "0002_short_notes"]);
    let groups = [
        outcome("tenant_1", "up_to_date", json!([])),
        outcome("tenant_2", "failed", json!([])),
        outcome("tenant_3", "applied", both),
    ];
    assert_eq!((code, said), (1, json!({ "complete": false, "stopped": null, "groups": groups })));
    assert!(
        error["message"].as_str().is_some_and(|text| text.starts_with("migration 0002_short_notes failed")),
        "{error}"
    );
    assert_eq!(error["postgresql"]["sqlstate"], "23514");
    assert!(error["causes"].as_array().is_some_and(|all| !all.is_empty()), "{error}");
    assert!(beside.contains("error: tenant_2: migration 0002_short_notes"), "{beside}");

    let edited = "UPDATE tenant_1.schemata_migrations SET checksum = 'edited'";
    client.batch_execute(edited).await.expect("edits");
    let said = many(&["status"]).1;
    let refused = said["groups"].as_array().expect("groups").iter().find(|group| group["state"] == "refused");
    let message = refused.map(|group| group["error"]["message"].clone()).unwrap_or_default();
    assert!(message.as_str().is_some_and(|text| text.starts_with("applied migrations have been edited")), "{said}");
    let gone = run(TENANCY, url, &["status", "--schemas-from", "VALUES ('gone')"]).1;
    assert_eq!(gone["groups"], json!([group(json!(["gone"]), "missing", Value::Null, json!([]))]));
}

#[tokio::test]
async fn errors_are_documents_too_and_hold_no_password() {
    let database = fresh_database().await;
    let folder = Folder::create("json");
    let absent = format!("postgres://user:hidden%21@127.0.0.1:1/x?sslmode=disable&host={}", folder.path().display());
    for url in ["postgres://user:hidden@127.0.0.1:1/x", "hidden@host", &absent] {
        for arguments in [&["status"][..], &["check"], &["migrate"], &["plan"], &["plan", "--measure"]] {
            let (code, said, beside) = run(NOTES, url, arguments);
            assert_eq!((code, said.as_object().map(serde_json::Map::len)), (1, Some(1)), "{said}");
            assert!(said["error"]["message"].is_string() && beside.starts_with("error: "), "{said}{beside}");
            if url.starts_with("postgres") {
                assert!(!said.to_string().contains("hidden") && !beside.contains("hidden"), "{said}{beside}");
            }
        }
    }
    let (code, said, _) = run(NOTES, database.url(), &["migrate", "--to", "0009"]);
    let expected = json!({ "message": "there is no migration \"0009\"; `status` lists the existing ones", "causes": [],
        "postgresql": null, "migration": null, "statement": null, "applied": null });
    assert_eq!((code, &said["error"]), (1, &expected));
    let client = connect(database.url()).await;
    client.batch_execute("CREATE TABLE notes ()").await.expect("in the way");
    let (code, said, _) = run(NOTES, database.url(), &["migrate"]);
    let refusal = json!({ "sqlstate": "42P07", "message": "relation \"notes\" already exists", "detail": null, "hint": null,
        "where": null });
    assert_eq!((code, &said["error"]["postgresql"]), (1, &refusal));
    assert!(said["error"]["causes"].as_array().is_some_and(|all| all.contains(&refusal["message"])), "{said}");
    let failed = [&said["error"]["migration"], &said["error"]["applied"]];
    assert_eq!(failed, [&json!("0001_notes"), &json!([])]);
    assert!(said["error"]["statement"].as_str().is_some_and(|sql| sql.starts_with("CREATE TABLE")), "{said}");

    // What was applied before stays, and is reported; here a migration stops between its steps.
    client
        .batch_execute(
            "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS \
        'BEGIN RAISE EXCEPTION ''not now''; END'; \
        CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION refuse()",
        )
        .await
        .expect("refuses indexes");
    let (code, said, _) = run(LONG, database.url(), &["migrate"]);
    let error = &said["error"];
    assert_eq!((code, &error["migration"], &error["applied"]), (1, &json!("0002_steps"), &json!(["0001_orders"])));
    assert_eq!([&error["postgresql"]["sqlstate"], &error["postgresql"]["message"]], ["P0001", "not now"]);
}

#[test]
fn the_models_are_a_document_too() {
    let output = Command::new(NOTES).args(["schema", "--format", "json"]).output().expect("starts");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(faults(&schema("models"), &document), Vec::<String>::new(), "{document:#}");
    assert_eq!(document["tables"][0]["name"], "notes");
}

#[test]
fn a_document_of_another_shape_is_refused() {
    let document = json!({ "schema": null, "migrations": [{ "module": "a", "id": 1, "state": "new" }], "more": [] });
    let found = faults(&schema("status"), &document).join("; ");
    for fault in [
        "document lacks up_to_date",
        "document has an unknown more",
        "document.schema is null, not \"string\"",
        "document.migrations[0].id is 1, not \"string\"",
        "document.migrations[0].state is \"new\", none of",
        "document.migrations[0] lacks applied_at",
    ] {
        assert!(found.contains(fault), "{fault}: {found}");
    }
}

#[tokio::test]
async fn the_guide_shows_what_is_printed() {
    let database = fresh_database().await;
    assert_eq!(run(VISITS, database.url(), &["migrate", "--to", "0001_visits"]).0, 0);
    let mut said = run(VISITS, database.url(), &["status"]).1;
    said["migrations"][0]["applied_at"] = json!("2026-11-24T08:00:00.123456+00:00");
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/command-line.md"));
    let page = page.expect("the page");
    let shown = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a JSON block");
    assert_eq!(shown, format!("{said:#}\n"));
}
