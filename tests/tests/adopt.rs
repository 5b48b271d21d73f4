//! `adopt`: models, a first migration and the ledger of a database that exists, in one command that can be repeated.

use std::time::{Duration, Instant};

use schemata_tests::catalog::{connect, one};
use schemata_tests::fresh_database;
use schemata_tests::project::Project;

const SHOP: &str = r"
    CREATE SCHEMA audit;
    CREATE TYPE order_status AS ENUM ('pending', 'shipped');
    CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed_at := now(); RETURN NEW; END; $$;
    CREATE TABLE customers (
        id serial CONSTRAINT pk_customers PRIMARY KEY,
        mail email NOT NULL,
        full_name varchar(200) NOT NULL,
        changed_at timestamptz
    );
    COMMENT ON TABLE customers IS 'People who buy; it''s them';
    CREATE TABLE orders (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id integer NOT NULL REFERENCES customers DEFERRABLE INITIALLY DEFERRED,
        number varchar(20) NOT NULL UNIQUE,
        status order_status NOT NULL DEFAULT 'pending',
        total numeric(12,2) NOT NULL CHECK (total >= 0),
        during tstzrange
    );
    CREATE INDEX orders_open_idx ON orders (number DESC) WHERE status = 'pending';
    ALTER TABLE orders ADD CONSTRAINT orders_total_check2 CHECK (total < 1000000) NOT VALID;
    CREATE TABLE log (message text, at timestamptz DEFAULT now());
    CREATE TABLE audit.entries (id bigint PRIMARY KEY, order_id bigint REFERENCES public.orders);
    CREATE VIEW open_orders AS SELECT id, number FROM orders WHERE status = 'pending';
    CREATE TRIGGER touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE SEQUENCE invoice_numbers START WITH 1000;
    CREATE TABLE _sqlx_migrations (
        version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(),
        success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL
    );
    INSERT INTO customers (mail, full_name) VALUES ('ada@example.com', 'Ada Lovelace');
";

const EMPTY: &str = r#"//! A shop.

use std::process::ExitCode;

use schemata::cli::App;

fn main() -> ExitCode {
    App::new("shop").main()
}
"#;

/// The program, as `adopt` says.
const ADOPTED: &str = r#"//! A shop.
#![allow(dead_code)]

mod models;
schemata::sql_migrations!("migrations");

use std::process::ExitCode;

use models::*;
use schemata::cli::App;
use schemata::tables;

fn main() -> ExitCode {
    App::new("shop").tables(tables![Customer, Order]).unmanaged(models::UNMANAGED).main()
}
"#;

/// Adopts again and again, each time killed later, and compares the files with those of the adoption before.
async fn a_killed_adoption_leaves_files_whole(project: &Project, url: &str, client: &tokio_postgres::Client) {
    let whole = project.files();
    let mut counts = Vec::new();
    for nth in 0..16 {
        for folder in ["src/models", "migrations"] {
            let _ = std::fs::remove_dir_all(project.folder().join(folder));
        }
        client.batch_execute("DROP TABLE IF EXISTS schemata_migrations").await.expect("drops");
        let mut program = project.start(url, &["adopt"]);
        let mut is_done = false;
        // Writing takes a small part of the time, so the program is killed once there are as many files.
        let started = Instant::now();
        while project.files().len() < nth % 8 + 2 && !is_done && started.elapsed() < Duration::from_secs(30) {
            is_done = program.try_wait().expect("a child").is_some();
        }
        let _ = program.kill();
        program.wait().expect("a child");
        let left = project.files();
        for (path, content) in &left {
            let is_unfinished = path.extension().is_some_and(|extension| extension == "new");
            assert!(is_unfinished || whole.get(path) == Some(content), "{nth}: {}", path.display());
        }
        counts.push(left.len());
    }
    counts.sort_unstable();
    counts.dedup();
    assert!(counts.len() > 2, "killed at different moments: {counts:?}");
    let (out, code) = project.says(url, &["adopt"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(project.files() == whole, "{out}");
}

#[tokio::test]
async fn a_database_is_adopted_and_what_is_done_is_not_done_again() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute(SHOP).await.unwrap_or_else(|error| panic!("{error:?}"));
    let project = Project::create("adopt");
    project.write("src/main.rs", EMPTY);
    let says = |arguments: &[&str]| project.says(database.url(), arguments);

    let output = project.run(database.url(), &["adopt"]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    assert!(
        out.ends_with(
            "Marked 0001_existing as applied, without running it.\nThe database is what the migration makes.\n"
        ),
        "{out}"
    );
    assert!(err.contains("    mod models;\n    schemata::sql_migrations!(\"migrations\");\n"), "{err}");
    assert!(err.contains(".tables(tables![Customer, Order]).unmanaged(models::UNMANAGED)"), "{err}");
    let sql = project.read("migrations/0001_existing.sql");
    assert!(
        !sql.contains("sqlx") && sql.contains("CREATE SCHEMA IF NOT EXISTS audit") && !sql.contains("Ada Lovelace"),
        "{sql}"
    );

    a_killed_adoption_leaves_files_whole(&project, database.url(), &client).await;

    // Repeated, with half of it gone and a person's edit.
    let edited = project.read("src/models/customer.rs").replace("A row of", "One row of");
    project.write("src/models/customer.rs", &edited);
    std::fs::remove_file(project.folder().join("src/models/order.rs")).expect("removes");
    client.batch_execute("DROP TABLE schemata_migrations").await.expect("drops");
    let (out, code) = says(&["adopt"]);
    assert_eq!(
        out,
        "Wrote …/src/models/order.rs\n3 file(s) are as the database is\n\
         Kept …/src/models/customer.rs, which differs from the database (+):\n    - /// One row of `customers`.\n    + /// A row of `customers`.\n\
         Kept 1 of the migrations in …/migrations, since they exist\nMarked 0001_existing as applied, without running it.\n\
         The database is what the migration makes.\n"
    );
    assert_eq!(code, Some(0));
    assert_eq!(project.read("src/models/customer.rs"), edited);

    // The program with what was written.
    project.write("src/main.rs", ADOPTED);
    let (out, code) = says(&["check"]);
    let clean = "The migrations lead to the models.\nThe database is what its migrations made it.\n";
    assert!(out.starts_with(clean) && code == Some(0), "{out}");
    assert!(out.contains("Left alone, because sqlx records its migrations there: _sqlx_migrations\n"), "{out}");
    let (out, code) = says(&["adopt"]);
    assert!(out.contains("0001_existing is marked as applied already.\n") && out.contains(clean), "{out}");
    assert_eq!(code, Some(0));

    // A new database gets the same from the migration.
    let fresh = fresh_database().await;
    let applied = "Applied 1 migration(s):\n- 0001_existing\n".to_owned();
    assert_eq!(project.says(fresh.url(), &["migrate"]), (applied, Some(0)));
    let (out, code) = project.says(fresh.url(), &["check"]);
    assert!(out.starts_with(clean) && code == Some(0), "{out}");
    let made = connect(fresh.url()).await;
    let objects = "SELECT string_agg(relname || relkind::text, ' ' ORDER BY relname) FROM pg_class \
                   WHERE relnamespace IN ('public'::regnamespace, 'audit'::regnamespace) AND relname NOT LIKE '_sqlx%'";
    assert_eq!(one::<String>(&made, objects).await, one::<String>(&client, objects).await);

    // A program that has gone on is no longer adopted.
    project.write("migrations/0002_more.sql", "ALTER TABLE customers ADD COLUMN phone text;\n");
    project.write("src/main.rs", &ADOPTED.replace("//! A shop.", "//! A shop with phones."));
    let output = project.run(database.url(), &["adopt"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("this program has migrations, like 0002_more, and `adopt` writes the first one"), "{err}");
}
