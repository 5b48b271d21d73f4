//! Tries the tables of the guide's page on errors, row by row, on a real server.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemata::model::Write;
use schemata::{Db, Error, ErrorKind, Executor, RawSql, TableModel, Unsendable};
use schemata_tests::catalog::connect;
use schemata_tests::runtime::{add, shop_database, shop_db};
use schemata_tests::shop::first::Customer;
use schemata_tests::wire::{Cut, CuttingProxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PAGE: &str = include_str!("../../docs/guide/errors.md");

/// Returns the rows of the table under a heading: the first cell, and the others.
fn table(heading: &str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let section = PAGE.split("\n## ").find(|section| section.starts_with(heading)).expect("a section of the page");
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells.map(|cells| (cells[0], cells[1..].to_vec())).collect()
}

#[test]
fn every_public_error_type_is_in_the_list() {
    let api = include_str!("../../docs/public-api.txt").lines();
    let types = api.filter_map(|line| {
        let (_, path) = line.split_once("pub enum schemata::").or_else(|| line.split_once("pub struct schemata::"))?;
        let path = path.trim_end_matches("(_)");
        Some(format!("`{path}`")).filter(|path| path.ends_with("Error`") && !path.contains("prelude"))
    });
    let mut types: Vec<String> = types.collect();
    types.sort();
    let list = table("Which call returns which error");
    let mut listed: Vec<String> = list.into_keys().map(str::to_owned).collect();
    listed.sort();
    assert_eq!(listed, types);
}

/// Returns whether an error has the kind of the row, and is retryable as the row says.
fn is_as_told(error: &Error, row: &[&str]) -> bool {
    format!("{:?}", error.kind()) == row[0] && error.is_retryable() == (row[1] == "yes")
}

/// What a service does about an error.
fn answer(error: &Error) -> &'static str {
    match error.kind() {
        _ if error.is_retryable() => "do it again, from the beginning of the transaction",
        ErrorKind::OutcomeUnknown => "look whether it was done",
        ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation | ErrorKind::CheckViolation => "tell the user",
        ErrorKind::Skipped => "nothing was written, on purpose of the database",
        _ => "report it",
    }
}

#[tokio::test]
async fn what_the_server_refuses() {
    let (_database, db) = shop_db().await;
    db.execute_sql("CREATE TABLE t (a int)", &[]).await.expect("creates");
    let rows = table("The server refuses a statement");
    assert!(rows.len() > 40, "{}", rows.len());
    let mut wrong = String::new();
    for (state, row) in &rows {
        let sql = format!("DO $$ BEGIN INSERT INTO public.t VALUES (1); RAISE SQLSTATE '{state}'; END $$");
        let alone = db.execute_sql(RawSql::trusted(sql.clone()), &[]).await.expect_err("raises");
        let within = db
            .transaction(|tx| {
                let sql = sql.clone();
                async move { tx.execute_sql(RawSql::trusted(sql), &[]).await.map(drop) }
            })
            .await
            .expect_err("raises");
        for error in [alone, within] {
            if !is_as_told(&error, row) {
                writeln!(wrong, "{state}: {:?} {}, told {row:?}", error.kind(), error.is_retryable())
                    .expect("a String");
            }
            assert_eq!(error.sqlstate().expect("from the server"), *state);
        }
    }
    assert_eq!(wrong, "");
    let written: (i64,) = db.query_as("SELECT count(*) FROM t", &[]).fetch_one().await.expect("counts");
    assert_eq!(written, (0,), "an error is no half success");
}

/// Makes a pool of one connection that is lost at its request number `at`, counted from the first after connecting.
async fn losing(url: &str, at: usize) -> Db {
    // Connecting asks for the session's identity twice.
    let proxy = CuttingProxy::to(url, 2 + at, Cut::AnswerLost).await;
    Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects")
}

/// Ends the connections of the application `name`, and waits until they are gone.
async fn end(url: &str, name: &str) {
    let other = connect(url).await;
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
    assert!(!other.query(sql, &[&name]).await.expect("ends").is_empty());
    let left = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1";
    while !other.query(left, &[&name]).await.expect("looks").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
}

#[tokio::test]
async fn a_connection_that_is_lost() {
    let database = shop_database().await;
    let url = database.url();
    let mut seen: BTreeMap<&str, Error> = BTreeMap::new();

    let client = connect(url).await;
    client.batch_execute("SET application_name = 'doomed'").await.expect("sets");
    end(url, "doomed").await;
    seen.insert("found closed before the statement is sent", add(&client, "a").await.expect_err("lost"));

    // Each statement is prepared with one request and run with the next.
    let insert = |at| async move { add(&losing(url, at).await, &format!("{at}")).await.expect_err("lost") };
    seen.insert("while the statement is prepared", insert(1).await);
    seen.insert("a write was sent", insert(2).await);
    let read = Customer::select().count(&losing(url, 2).await).await.expect_err("lost");
    seen.insert("a read was sent", read);
    let raw = losing(url, 2).await.execute_sql("SELECT 1", &[]).await.expect_err("lost");
    seen.insert("raw SQL was sent", raw);

    let transaction = |at| async move {
        let db = losing(url, at).await;
        db.transaction(|tx| async move { add(&tx, &format!("in {at}")).await }).await.expect_err("lost")
    };
    seen.insert("in a transaction", transaction(3).await);
    seen.insert("COMMIT was sent", transaction(4).await);

    let db = Db::builder(url).application_name("doomed").connect().await.expect("connects");
    let uncommitted = db
        .transaction(|tx| async move {
            add(&tx, "uncommitted").await?;
            end(url, "doomed").await;
            Ok::<_, Error>(())
        })
        .await;
    seen.insert("found closed before COMMIT is sent", uncommitted.expect_err("lost"));

    let rows = table("The connection is lost");
    assert_eq!(rows.keys().collect::<Vec<_>>(), seen.keys().collect::<Vec<_>>());
    for (moment, row) in &rows {
        let error = &seen[moment];
        assert!(is_as_told(error, row), "{moment}: {error:?} {:?}, told {row:?}", error.kind());
    }
    let stored = schemata_tests::runtime::emails(&client_of(url).await).await;
    assert_eq!(stored, ["2", "in 4"], "what is unknown was done here, and what is none was not");
}

async fn client_of(url: &str) -> Db {
    Db::connect(url).await.expect("connects")
}

#[tokio::test]
async fn a_fatal_error_of_the_server_is_a_lost_connection() {
    let (_database, db) = shop_db().await;
    let ended = db.execute_sql("SELECT pg_terminate_backend(pg_backend_pid())", &[]).await.expect_err("ended");
    assert_eq!((ended.kind(), ended.is_retryable()), (ErrorKind::OutcomeUnknown, false), "{ended:?}");
    assert_eq!(Customer::select().count(&db).await.expect("on another connection"), 0);
}

/// A server that refuses every connection with `state`, as a real one does while it starts up, or for a wrong password.
async fn refusing(state: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut start = [0_u8; 512];
            let _ = socket.read(&mut start).await;
            let fields = format!("SFATAL\0VFATAL\0C{state}\0Mrefused\0\0");
            let length = u32::try_from(fields.len() + 4).expect("short").to_be_bytes();
            let _ = socket.write_all(&[b"E", &length[..], fields.as_bytes()].concat()).await;
        }
    });
    format!("postgres://postgres@127.0.0.1:{port}/x?sslmode=disable")
}

#[tokio::test]
async fn a_connection_that_cannot_be_made() {
    let database = shop_database().await;
    let url = database.url();
    let admin = connect(url).await;
    let role = format!("crowded_{}", std::process::id());
    admin.batch_execute(&format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")).await.expect("creates");
    let config: tokio_postgres::Config = url.parse().expect("a URL");
    let name = config.get_dbname().expect("a database");
    let with = |user: &str, database: &str, more: &str| {
        let base = url.replace(&format!("/{name}"), &format!("/{database}"));
        let mark = if base.contains('?') { '&' } else { '?' };
        format!("{base}{mark}user={user}{more}")
    };
    let causes = [
        ("nobody listens", "postgres://u@127.0.0.1:1/x".to_owned()),
        ("57P03 the server starts up or shuts down", refusing("57P03").await),
        ("53300 too many connections", with(&role, name, "")),
        ("28P01 a wrong password", refusing("28P01").await),
        ("28000 no such role", with("nobody_here", name, "")),
        ("3D000 no such database", with("postgres", "no_such_database", "")),
        (
            "42704 an unknown setting in the URL's `options`",
            with("postgres", name, "&options=-c%20no_such_setting%3D1"),
        ),
    ];
    let mut rows = table("Connecting");
    // `pooler_detection.rs` tries this with every kind of pooler.
    assert_eq!(rows.remove("a pooler where none was expected"), Some(vec!["Configuration", "no"]));
    assert_eq!(rows.len(), causes.len());
    for (cause, url) in causes {
        let error = Db::connect(&url).await.expect_err(cause);
        assert!(is_as_told(&error, &rows[cause]), "{cause}: {error:?} {:?}, told {:?}", error.kind(), rows[cause]);
        if let Some(state) = error.sqlstate() {
            assert!(cause.starts_with(state), "{cause}: {state:?}");
        }
    }
    admin.batch_execute(&format!("DROP ROLE {role}")).await.expect("drops");
}

#[tokio::test]
async fn what_is_refused_before_it_is_sent() {
    let (_database, db) = shop_db().await;
    let rows = table("Nothing is sent");
    let one = 1_i32;
    let many: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = vec![&one; 65_536];
    let parameters = db.execute_sql("SELECT 1", &many).await.expect_err("too many");
    assert!(matches!(parameters, Error::Unsendable { source: Unsendable::Parameters { count: 65_536 }, .. }));
    let nul = db.execute_sql("SELECT '\0'", &[]).await.expect_err("a NUL");
    assert!(matches!(nul, Error::Unsendable { source: Unsendable::Nul, .. }));
    let deep = (0..10_000).fold(Customer::email.eq("a"), |it, n| {
        if n % 2 == 0 { it.and(Customer::email.eq("b")) } else { it.or(Customer::email.eq("c")) }
    });
    let deep = Customer::select().filter(deep).count(&db).await.expect_err("too deep");
    let count = db.execute_sql("SELECT $1::int", &[&1, &2]).await.expect_err("one too many");
    let seen = [
        ("65,536 parameters", parameters),
        ("a NUL in the text of a statement", nul),
        ("conditions nested more than 250 deep", deep),
        ("values that do not fit the number of parameters", count),
    ];
    // `exec/message_limits.rs` tries values that are too large, with a smaller limit.
    assert_eq!(rows.len(), seen.len() + 1);
    for (cause, error) in seen {
        assert!(is_as_told(&error, &rows[cause]), "{cause}: {error:?} {:?}", error.kind());
    }
    let nul = db.execute_sql("SELECT $1::text", &[&"a\0b"]).await.expect_err("a NUL in a value");
    assert_eq!(nul.kind(), ErrorKind::InvalidValue);
}

#[tokio::test]
async fn a_row_that_the_database_skips() {
    let (database, db) = shop_db().await;
    skip_some(database.url()).await;
    let customer = |email: String| Customer::insert().email(email).full_name("N");
    let skipped = [
        customer("skip".to_owned()).exec(&db).await.expect_err("skipped"),
        customer("skip".to_owned()).returning(Customer::id).exec(&db).await.expect_err("skipped"),
        customer("skip".to_owned())
            .on_conflict(Customer::by_email)
            .on_update(Customer::full_name, "M")
            .exec(&db)
            .await
            .expect_err("skipped"),
    ];
    for error in &skipped {
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Skipped, false), "{error:?}");
        assert_eq!(error.table(), Some("customers"));
        assert_eq!(answer(error), "nothing was written, on purpose of the database");
    }
}

#[tokio::test]
async fn many_rows_of_which_the_database_skips_one() {
    let (database, db) = shop_db().await;
    skip_some(database.url()).await;
    for count in [3_usize, 200] {
        let rows = |kind: &'static str| {
            let email = move |n| format!("{}{kind}{count} {n}", if n == 1 { "skip" } else { "" });
            (0..count).map(move |n| Customer::insert().email(email(n)).full_name("N"))
        };
        assert_eq!(Customer::insert_many(rows("a")).exec(&db).await.expect("inserts"), count as u64 - 1);
        assert_eq!(Customer::insert_many(rows("b")).fetch(&db).await.expect("inserts").len(), count - 1);
        let upserted = Customer::upsert_many(rows("c"), Customer::by_email).update_given().exec(&db).await;
        assert_eq!(upserted.expect("upserts"), count as u64 - 1);
    }
}

#[tokio::test]
async fn an_update_that_the_database_skips() {
    let (database, db) = shop_db().await;
    let there = add(&db, "there").await.expect("inserts");
    let missing = || Customer::update(uuid::Uuid::nil()).full_name("M").exec(&db);
    assert!(missing().await.expect("no such row").is_none());
    skip_some(database.url()).await;
    assert!(missing().await.expect("still no such row").is_none());
    assert!(Customer::update(there.id).full_name("M").exec(&db).await.expect("updates").is_some());
    let skipped = Customer::update(there.id).email("skip").exec(&db).await.expect_err("skipped");
    assert_eq!((skipped.kind(), skipped.operation()), (ErrorKind::Skipped, Some("update")));
    let within = db.transaction(|tx| async move { Customer::update(there.id).email("skip").exec(&tx).await }).await;
    assert_eq!(within.expect_err("skipped").kind(), ErrorKind::Skipped);
}

/// Rows whose address begins with `skip` are not written.
async fn skip_some(url: &str) {
    let skip = "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN IF NEW.email LIKE 'skip%' THEN RETURN NULL; END IF; RETURN NEW; END $$;
                CREATE TRIGGER skip BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION skip()";
    connect(url).await.batch_execute(skip).await.expect("creates");
}
