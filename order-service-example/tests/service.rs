//! Tests the built program as its users see it: output and exit codes.
#![cfg(feature = "dev")]

use std::process::{Command, Output};

use schemata::testing::TestDatabase;

/// The program with a separate database.
struct Service {
    database: TestDatabase,
}

impl Service {
    async fn new() -> Self {
        Self { database: TestDatabase::create().await.expect("a database") }
    }

    async fn migrated() -> Self {
        let service = Self::new().await;
        assert_eq!(service.run(&["migrate"]).status.code(), Some(0));
        service
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(self.database.url(), arguments)
    }

    /// Returns the output of a command that must succeed.
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Returns the error output of a command that must fail.
    fn refuses(&self, arguments: &[&str]) -> String {
        refusal(&self.run(arguments))
    }
}

fn run(url: &str, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_order-service-example");
    Command::new(program).args(arguments).env("DATABASE_URL", url).output().expect("the program starts")
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(output.stdout.is_empty(), "an error prints no result: {}", text(&output.stdout));
    text(&output.stderr)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn migrate_prints_what_the_tutorial_shows() {
    let service = Service::new().await;
    assert_eq!(
        service.says(&["migrate", "--to", "0001_initial_catalog"]),
        "Applied 1 migration(s):\n- 0001_initial_catalog\n"
    );
    assert_eq!(service.run(&["status"]).status.code(), Some(2), "one is pending");
    assert_eq!(service.says(&["migrate"]), "Applied 1 migration(s):\n- 0002_add_order_status\n");
    assert_eq!(service.says(&["migrate"]), "No pending migrations. Database is up to date.\n");
    let status = service.says(&["status"]);
    assert_eq!(status.lines().filter(|line| line.starts_with("applied")).count(), 2, "{status}");
}

#[tokio::test]
async fn both_at_once_on_an_empty_database() {
    let service = Service::new().await;
    let expected = "Applied 2 migration(s):\n- 0001_initial_catalog\n- 0002_add_order_status\n";
    assert_eq!(service.says(&["migrate"]), expected);
    assert_eq!(service.says(&["migrate", "--schema", "tenant \"x\""]), expected);
}

#[tokio::test]
async fn a_dry_run_prints_sql_and_exits_with_two() {
    let service = Service::new().await;
    let output = service.run(&["migrate", "--dry-run"]);
    assert_eq!(output.status.code(), Some(2));
    let sql = text(&output.stdout);
    assert!(
        sql.starts_with("-- 0001_initial_catalog (order-service-example)\nCREATE TABLE \"public\".\"customers\" ("),
        "{sql}"
    );
    assert!(sql.contains("ADD COLUMN \"status\" varchar(20) NOT NULL DEFAULT 'pending'"), "{sql}");
    assert_eq!(service.run(&["status"]).status.code(), Some(2), "nothing was applied");
    service.says(&["migrate"]);
    assert_eq!(service.run(&["migrate", "--dry-run"]).status.code(), Some(0));
}

#[tokio::test]
async fn an_order_from_customer_to_shipment() {
    let service = Service::migrated().await;
    service.says(&["add-customer", "ada@example.com", "Ada Lovelace", "--phone", "1"]);
    let placed = service.says(&["place-order", "ada@example.com", "A-1001", "tea-5:2:4.50", "a:b:1:12"]);
    assert!(placed.starts_with("order A-1001         21.00  pending"), "{placed}");
    let shown = service.says(&["show", "A-1001"]);
    assert!(shown.contains("2 x tea-5  at 4.50") && shown.contains("1 x a:b  at 12.00"), "{shown}");
    assert!(shown.contains("customer Ada Lovelace <ada@example.com>, 1"), "{shown}");
    assert!(service.says(&["list", "--status", "pending"]).contains("A-1001"));
    assert!(service.says(&["ship", "A-1001"]).contains("shipped"));
    assert_eq!(service.says(&["list", "--status", "pending"]), "no orders\n");
    assert!(service.refuses(&["ship", "A-1001"]).contains("was shipped already"));
    assert_eq!(service.says(&["cancel", "A-1001"]), "order A-1001 cancelled\n");
    assert!(service.refuses(&["show", "A-1001"]).contains("there is no order A-1001"));
}

#[tokio::test]
async fn turnover_is_told_month_by_month() {
    let service = Service::migrated().await;
    service.says(&["add-customer", "ada@example.com", "Ada"]);
    assert_eq!(service.says(&["turnover", "ada@example.com"]), "");
    service.says(&["place-order", "ada@example.com", "A-1", "tea:2:4.50"]);
    service.says(&["place-order", "ada@example.com", "A-2", "cup:1:1"]);
    let told = service.says(&["turnover", "ada@example.com", "--since", "2020-01-01"]);
    let words: Vec<&str> = told.split_whitespace().skip(1).collect();
    assert_eq!(words, ["2", "10.00"], "{told}");
    assert_eq!(service.says(&["turnover", "ada@example.com", "--since", "2999-01-01"]), "");
    assert!(service.refuses(&["turnover", "bob@example.com"]).contains("no customer"));
}

#[tokio::test]
async fn a_bad_line_undoes_the_whole_order() {
    let service = Service::migrated().await;
    service.says(&["add-customer", "ada@example.com", "Ada"]);
    let refused = service.refuses(&["place-order", "ada@example.com", "A-1", "tea:1:1", "tea:2:1"]);
    assert!(refused.contains("tea is listed twice"), "{refused}");
    assert_eq!(service.says(&["list"]), "no orders\n");
    service.says(&["place-order", "ada@example.com", "A-1", "tea:1:1"]);
    assert!(
        service
            .refuses(&["place-order", "ada@example.com", "A-1", "cup:1:1"])
            .contains("there is an order A-1 already")
    );
    assert!(service.refuses(&["place-order", "bob@example.com", "A-2", "cup:1:1"]).contains("no customer"));
    assert!(service.refuses(&["add-customer", "ada@example.com", "Ada"]).contains("already"));
}

#[tokio::test]
async fn of_two_who_ship_at_once_one_is_told() {
    let service = Service::migrated().await;
    service.says(&["add-customer", "ada@example.com", "Ada"]);
    service.says(&["place-order", "ada@example.com", "A-1", "tea:1:1"]);
    let ship = || {
        let url = service.database.url().to_owned();
        tokio::task::spawn_blocking(move || run(&url, &["ship", "A-1"]).status.code())
    };
    let (one, other) = (ship(), ship());
    let mut codes = [one.await.expect("no panic"), other.await.expect("no panic")];
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(1)]);
}

#[tokio::test]
async fn sales_are_reported_and_orders_are_searched() {
    let service = Service::migrated().await;
    assert_eq!(service.says(&["customers"]), "");
    for (email, name) in [("ada@example.com", "Ada Lovelace"), ("bob@example.com", "Bob"), ("cy@example.com", "Cy")] {
        service.says(&["add-customer", email, name]);
    }
    service.says(&["place-order", "ada@example.com", "A-1", "tea:2:4.50", "cup:1:12"]);
    service.says(&["place-order", "ada@example.com", "A-2", "tea:4:4.50"]);
    service.says(&["place-order", "bob@example.com", "B-1", "cup:1:10"]);
    let customers = "       39.00      2 orders  Ada Lovelace <ada@example.com>
       10.00      1 orders  Bob <bob@example.com>
           0      0 orders  Cy <cy@example.com>
";
    assert_eq!(service.says(&["customers"]), customers);
    assert_eq!(service.says(&["customers", "--limit", "1"]), customers.split_inclusive('\n').next().expect("a line"));
    let month = chrono::Utc::now().format("%Y-%m");
    let articles = format!("{month}         27.00      6 x tea\n{month}         22.00      2 x cup\n");
    assert_eq!(service.says(&["best-sellers"]), articles);

    let b1 = "order B-1         10.00  pending, by Bob\n";
    assert_eq!(service.says(&["search", "BOB"]), b1);
    assert_eq!(service.says(&["search", "b-"]), b1);
    assert_eq!(
        service.says(&["search", "--sku", "cup", "--at-least", "20"]),
        "order A-1         21.00  pending, by Ada Lovelace\n"
    );
    assert_eq!(service.says(&["search", "--status", "shipped"]), "no orders\n");
    let (first, next) = page(&service.run(&["search", "--limit", "2"]), "next: --after ");
    let (last, none) = page(&service.run(&["search", "--after", &next.expect("a second page")]), "next: --after ");
    assert_eq!(([first, last].concat(), none), (["B-1", "A-2", "A-1"].map(str::to_owned).to_vec(), None));
}

#[tokio::test]
async fn mistakes_on_the_command_line_are_errors_not_pending() {
    let service = Service::new().await;
    for arguments in [&["migrat"][..], &["migrate", "--too", "x"], &["place-order", "a", "b", "tea:0:1"], &[]] {
        let output = service.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    }
    assert_eq!(service.run(&["--help"]).status.code(), Some(0));
    assert!(
        service.refuses(&["migrate", "--to", "0002_add_status"]).contains("did you mean \"0002_add_order_status\"?")
    );
    assert!(service.refuses(&["migrate", "--schema", &"é".repeat(32)]).contains("64 bytes"));
    assert!(service.refuses(&["migrate", "--schema", ""]).contains("empty"));
    assert!(service.refuses(&["db", "url"]).contains("unset DATABASE_URL"));
}

#[test]
fn a_bad_database_url_is_never_replaced_and_never_printed() {
    for (url, part) in [("host", "postgres://user:password@host"), ("postgres://u:hidden@127.0.0.1:1/x", "127.0.0.1:1")]
    {
        let refused = refusal(&run(url, &["migrate"]));
        assert!(refused.contains(part) && !refused.contains("hidden"), "{refused}");
        assert!(!refused.contains("private PostgreSQL"), "{refused}");
    }
}

#[tokio::test]
async fn on_a_database_that_is_older_the_service_says_to_migrate() {
    let service = Service::new().await;
    let commands: [&[&str]; 3] = [&["list"], &["add-customer", "ada@example.com", "Ada"], &["ship", "A-1"]];
    for command in commands {
        let both = "error: the database is older than this program: order-service-example:0001_initial_catalog and \
                    order-service-example:0002_add_order_status are not applied to schema \"public\"; run `migrate`\n";
        assert_eq!(service.refuses(command), both);
    }
    service.says(&["migrate", "--to", "0001_initial_catalog"]);
    let refused = service.refuses(&["list"]);
    assert!(refused.contains("0002_add_order_status is not applied to schema \"public\"; run `migrate`"), "{refused}");
    service.says(&["schema"]);
    service.says(&["migrate"]);
    assert_eq!(service.says(&["list"]), "no orders\n");

    let (client, connection) =
        schemata::tokio_postgres::connect(service.database.url(), schemata::tokio_postgres::NoTls)
            .await
            .expect("connects");
    tokio::spawn(connection);
    let newer = "INSERT INTO schemata_migrations SELECT (m).* FROM (SELECT jsonb_populate_record(s, \
                 '{\"migration_id\": \"0003_of_tomorrow\"}') m FROM schemata_migrations s LIMIT 1) newer";
    client.batch_execute(newer).await.expect("as the next release would");
    assert_eq!(service.says(&["list"]), "no orders\n", "a newer database is fine");
    client
        .batch_execute("UPDATE schemata_migrations SET checksum = 'x' WHERE migration_id LIKE '0001%'")
        .await
        .expect("edits");
    assert!(service.refuses(&["list"]).contains("was made by other migrations than this program's"));
}

#[tokio::test]
async fn the_ddl_of_the_models_can_be_run() {
    let service = Service::new().await;
    let ddl = service.says(&["schema"]);
    let (client, connection) =
        schemata::tokio_postgres::connect(service.database.url(), schemata::tokio_postgres::NoTls)
            .await
            .expect("connects");
    tokio::spawn(connection);
    client.batch_execute(&ddl).await.expect("valid SQL");
    service.says(&["migrate", "baseline", "--to", "0002_add_order_status"]);
    assert_eq!(service.says(&["add-customer", "ada@example.com", "Ada"]), "customer Ada <ada@example.com>\n");
}

#[tokio::test]
async fn the_ledger_is_shown_and_adopted_databases_are_marked() {
    let service = Service::new().await;
    assert!(service.refuses(&["migrate", "show", "0001_initial_catalog"]).contains("`status` lists the ones it has"));
    let marked = service.says(&["migrate", "baseline", "--to", "0001_initial_catalog"]);
    assert_eq!(marked, "Marked 1 migration(s) as applied, without running them:\n- 0001_initial_catalog\n");
    let shown = service.says(&["migrate", "show", "0001_initial_catalog"]);
    assert!(shown.contains("-- baseline: marked as applied, not run"), "{shown}");
    assert!(shown.contains("CREATE TABLE \"public\".\"customers\""), "{shown}");
    let differs = service.run(&["check"]);
    assert_eq!(differs.status.code(), Some(2));
    let text = text(&differs.stdout);
    assert!(text.contains("- table customers: the migrations have it, the database does not"), "{text}");
    assert!(text.contains("Pending: 0002_add_order_status"), "{text}");
}

#[tokio::test]
async fn an_order_of_five_hundred_items() {
    let service = Service::migrated().await;
    service.says(&["add-customer", "ada@example.com", "Ada"]);
    let items: Vec<String> = (0..500).map(|number| format!("sku-{number:03}:2:1.25")).collect();
    let mut arguments = vec!["place-order", "ada@example.com", "A-500"];
    arguments.extend(items.iter().map(String::as_str));
    assert!(service.says(&arguments).contains("1250.00  pending"));
    let shown = service.says(&["show", "A-500"]);
    assert_eq!(shown.lines().filter(|line| line.contains(" x sku-")).count(), 500);
}

/// Returns the orders of a page, and the cursor to the next page in this direction.
fn page(output: &Output, direction: &str) -> (Vec<String>, Option<String>) {
    let numbers = text(&output.stdout);
    let numbers = numbers.lines().filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned)).collect();
    let beside = text(&output.stderr);
    let cursor = beside.lines().find_map(|line| line.strip_prefix(direction)).map(str::to_owned);
    (numbers, cursor)
}

#[tokio::test]
async fn a_hundred_thousand_orders_are_imported_and_paged_through_both_ways() {
    let service = Service::migrated().await;
    service.says(&["add-customer", "ada@example.com", "Ada"]);
    let file = std::env::temp_dir().join(format!("schemata-orders-{}.csv", std::process::id()));
    let lines: Vec<String> = (0..100_000).map(|number| format!("I-{number:06},{number}.5")).collect();
    std::fs::write(&file, lines.join("\n")).expect("writes");
    let path = file.to_string_lossy().into_owned();
    assert_eq!(service.says(&["import", "ada@example.com", &path]), "100000 orders imported\n");
    assert!(!service.refuses(&["import", "ada@example.com", &path]).is_empty(), "the numbers are taken");
    std::fs::remove_file(file).expect("removes");

    let (first, mut next) = page(&service.run(&["list", "--limit", "20000"]), "next: --after ");
    let (mut forwards, mut last_previous) = (first, None);
    while let Some(cursor) = next {
        let output = service.run(&["list", "--limit", "20000", "--after", &cursor]);
        let (numbers, following) = page(&output, "next: --after ");
        forwards.extend(numbers);
        (next, last_previous) = (following, page(&output, "previous: --before ").1);
    }
    assert_eq!(forwards.len(), 100_000);
    assert!(forwards.is_sorted(), "imported in one transaction, they share a time, and the number decides");

    let mut backwards = forwards[80_000..].to_vec();
    let mut previous = last_previous;
    while let Some(cursor) = previous {
        let output = service.run(&["list", "--limit", "20000", "--before", &cursor]);
        let (mut numbers, preceding) = page(&output, "previous: --before ");
        numbers.append(&mut backwards);
        (backwards, previous) = (numbers, preceding);
    }
    assert_eq!(backwards, forwards);
    assert!(service.refuses(&["list", "--after", "forged"]).contains("cursor"));
}

/// After a change of the models: `cargo run -p order-service-example -- schema --format svg > docs/order-service.svg`.
#[test]
fn the_picture_in_the_readme_is_of_these_models() {
    let drawn = run("", &["schema", "--format", "svg"]);
    let shown = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/order-service.svg"));
    assert_eq!(text(&drawn.stdout), shown.expect("the picture"));
}

#[test]
fn the_models_come_as_text_for_tools_too() {
    assert!(text(&run("", &["schema", "--format", "dot"]).stdout).starts_with("digraph schema {"));
    assert!(text(&run("", &["schema", "--format", "mermaid"]).stdout).starts_with("erDiagram\n"));
    let said = text(&run("", &["schema", "--format", "json"]).stdout);
    assert!(said.contains("\"name\": \"order_number\"") && said.contains("\"on_delete\": \"cascade\""), "{said}");
}
