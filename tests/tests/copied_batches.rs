//! Batches so large that they use COPY: they write the same rows as INSERT, all of them or none, and only on a
//! connection that no other call uses.
#![cfg(unix)]

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use schemata::testing::TestDatabase;
use schemata::{Db, Error, ErrorKind, Executor, Pooler, TableModel};
use schemata_tests::catalog::{connect, one};
use schemata_tests::cluster::Cluster;
use schemata_tests::polls::{Moment, poll_at_most};
use schemata_tests::warehouse::{Shelf, warehouse};
use schemata_tests::wire::CountingProxy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// The number of rows from which on COPY is used.
const MANY: i32 = 5_000;

fn shelf(aisle: i32) -> impl schemata::model::Insertable<Model = Shelf> {
    Shelf::insert().aisle(aisle).level("x").amount(aisle).label(format!("{aisle}"))
}

async fn insert(on: &(impl Executor + ?Sized), rows: i32) -> schemata::Result<u64> {
    Shelf::insert_many((0..rows).map(shelf)).exec(on).await
}

async fn count(client: &Client) -> i64 {
    one(client, "SELECT count(*) FROM shelves").await
}

/// A pool of one connection, in a database that records the command by which rows reach `shelves`.
async fn noting() -> (TestDatabase, Db, Client) {
    let (database, _) = warehouse().await;
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "CREATE TABLE commands (command text NOT NULL);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 INSERT INTO commands VALUES (CASE WHEN current_query() LIKE 'COPY %' THEN 'COPY' ELSE 'INSERT' END);
                 RETURN NULL;
             END $$;
             CREATE TRIGGER note AFTER INSERT ON shelves FOR EACH STATEMENT EXECUTE FUNCTION note()",
        )
        .await
        .expect("prepares");
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    (database, db, client)
}

/// Returns the commands since the last call, and empties the table.
async fn commands(client: &Client) -> Vec<String> {
    let noted = client.query("DELETE FROM commands RETURNING command", &[]).await.expect("reads");
    client.batch_execute("DELETE FROM shelves").await.expect("empties");
    noted.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn copy_is_used_for_large_batches_in_a_transaction_of_their_own_and_nowhere_else() {
    let (database, db, client) = noting().await;
    assert_eq!(insert(&db, MANY).await.expect("inserts"), 5_000);
    assert_eq!(count(&client).await, 5_000);
    assert_eq!(commands(&client).await, ["COPY"]);
    insert(&db, 50_001).await.expect("inserts");
    assert_eq!(commands(&client).await, ["COPY", "INSERT"], "no statement takes more than 50,000 rows");

    insert(&db, MANY - 1).await.expect("inserts");
    assert_eq!(commands(&client).await, ["INSERT"], "fewer rows");
    Shelf::insert_many((0..MANY).map(shelf)).returning(Shelf::aisle).exec(&db).await.expect("inserts");
    assert_eq!(commands(&client).await, ["INSERT"], "rows come back");
    Shelf::upsert_many((0..MANY).map(shelf), Shelf::primary_key()).update_given().exec(&db).await.expect("upserts");
    assert_eq!(commands(&client).await, ["INSERT"], "an upsert");
    db.transaction(|tx| async move { insert(&tx, MANY).await }).await.expect("inserts");
    assert_eq!(commands(&client).await, ["INSERT"], "in a transaction");
    let nested = db.transaction(|tx| async move { tx.transaction(|tx| async move { insert(&tx, MANY).await }).await });
    nested.await.expect("inserts");
    assert_eq!(commands(&client).await, ["INSERT"], "in a nested transaction");
    insert(&connect(database.url()).await, MANY).await.expect("inserts");
    assert_eq!(commands(&client).await, ["INSERT"], "on the driver's client");
    let pooled = Db::builder(database.url()).pooler(Pooler::Transaction).connect().await.expect("connects");
    insert(&pooled, MANY).await.expect("inserts");
    assert_eq!(commands(&client).await, ["INSERT"], "behind a pooler");
}

/// COPY ignores rules, writes columns that INSERT must not write, and refuses views and row-level security.
#[tokio::test]
async fn where_copy_is_something_else_an_insert_does_the_work() {
    let (database, db, client) = noting().await;
    client
        .batch_execute(
            "CREATE TABLE doubles (aisle int); \
             CREATE RULE double AS ON INSERT TO shelves DO INSTEAD INSERT INTO doubles VALUES (NEW.aisle)",
        )
        .await
        .expect("makes a rule");
    insert(&db, MANY).await.expect("inserts");
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM doubles").await, 5_000, "the rule is obeyed");
    client.batch_execute("DROP RULE double ON shelves").await.expect("drops");
    client.batch_execute("VACUUM shelves").await.expect("forgets that there were rules");
    commands(&client).await;

    let role: String = one(&client, "SELECT 'c' || md5(current_database())").await;
    let secured = format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT ON shelves, commands TO {role}; \
         ALTER TABLE shelves ENABLE ROW LEVEL SECURITY; CREATE POLICY low ON shelves WITH CHECK (aisle < 5000)"
    );
    client.batch_execute(&secured).await.expect("secures");
    let separator = if database.url().contains('?') { '&' } else { '?' };
    let bound = Db::connect(&format!("{}{separator}user={role}", database.url())).await.expect("connects");
    insert(&bound, MANY).await.expect("inserts");
    assert_eq!(commands(&client).await, ["INSERT"], "row-level security");
    assert_eq!(insert(&bound, MANY + 1).await.expect_err("breaks the policy").kind(), ErrorKind::NoPrivilege);
    drop(bound);
    let open = format!("ALTER TABLE shelves DISABLE ROW LEVEL SECURITY; DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&open).await.expect("opens");

    client
        .batch_execute("ALTER TABLE shelves RENAME TO planks; CREATE VIEW shelves AS TABLE planks")
        .await
        .expect("a view");
    insert(&db, MANY).await.expect("inserts");
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM planks").await, 5_000);
    assert_eq!(commands(&client).await, ["INSERT"], "a view");

    let identity = "DROP VIEW shelves; ALTER TABLE planks RENAME TO shelves; \
                    ALTER TABLE shelves ALTER amount DROP DEFAULT, ALTER amount ADD GENERATED ALWAYS AS IDENTITY";
    client.batch_execute(identity).await.expect("an identity column");
    let refused = insert(&db, MANY).await.expect_err("always generated");
    assert_eq!(refused.sqlstate(), Some("428C9"));
}

/// COPY into a partitioned table, into a partition itself, and an INSERT into a view whose trigger writes elsewhere.
#[tokio::test]
async fn rows_reach_partitions_and_what_a_view_makes_of_them() {
    let (_database, db, client) = noting().await;
    let parts = "ALTER TABLE shelves RENAME TO plain;
        CREATE TABLE shelves (LIKE plain INCLUDING DEFAULTS, PRIMARY KEY (aisle, level)) PARTITION BY RANGE (aisle);
        CREATE TABLE low PARTITION OF shelves FOR VALUES FROM (0) TO (1000);
        CREATE TABLE high PARTITION OF shelves FOR VALUES FROM (1000) TO (5000)";
    client.batch_execute(parts).await.expect("partitions");
    assert_eq!(insert(&db, MANY).await.expect("inserts"), 5_000);
    let counts = "SELECT concat_ws(' ', (SELECT count(*) FROM low), (SELECT count(*) FROM high))";
    assert_eq!(one::<String>(&client, counts).await, "1000 4000");
    client.batch_execute("DELETE FROM shelves").await.expect("empties");
    let error = insert(&db, MANY + 1).await.expect_err("no partition takes row 5000");
    assert_eq!((error.kind(), count(&client).await), (ErrorKind::CheckViolation, 0), "{error:?}");
    // A partition checks its own bounds.
    client
        .batch_execute("ALTER TABLE shelves RENAME TO whole; ALTER TABLE low RENAME TO shelves")
        .await
        .expect("renames");
    assert_eq!(insert(&db, MANY).await.expect_err("beyond its bounds").kind(), ErrorKind::CheckViolation);
    assert_eq!(count(&client).await, 0);

    let view = "DROP TABLE whole;
        CREATE VIEW shelves AS TABLE plain;
        CREATE FUNCTION elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.aisle % 2 = 1 THEN RETURN NULL; END IF;
            INSERT INTO plain VALUES (NEW.aisle, NEW.level, -NEW.amount, NEW.label);
            RETURN NEW;
        END $$;
        CREATE TRIGGER elsewhere INSTEAD OF INSERT ON shelves FOR EACH ROW EXECUTE FUNCTION elsewhere()";
    client.batch_execute(view).await.expect("a view");
    assert_eq!(insert(&db, MANY).await.expect("inserts"), 2_500, "the trigger skips every other row");
    let sum: i64 = one(&client, "SELECT sum(amount) FROM plain").await;
    assert_eq!(sum, -(0..5_000).step_by(2).sum::<i64>());
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM plain").await, 2_500);
}

#[tokio::test]
async fn a_row_that_breaks_a_constraint_leaves_nothing_behind() {
    let (_database, db, client) = noting().await;
    for rows in [MANY, 2 * MANY] {
        let twice = (0..rows).map(|n| shelf(if n == rows / 2 { 7 } else { n }));
        let error = Shelf::insert_many(twice).exec(&db).await.expect_err("a key twice");
        assert_eq!((error.kind(), error.constraint()), (ErrorKind::UniqueViolation, Some("shelves_pkey")));
        assert_eq!(count(&client).await, 0);
        assert_eq!(Shelf::find(&db, (7, "x".to_owned())).await.expect("answers"), None);
    }
    client.batch_execute("CREATE TRIGGER late AFTER INSERT ON shelves EXECUTE FUNCTION note()").await.expect("notes");
    let late = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
                CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON shelves DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.aisle = 4321) EXECUTE FUNCTION refuse()";
    client.batch_execute(late).await.expect("refuses at the end");
    assert_eq!(insert(&db, MANY).await.expect_err("refused at COMMIT").kind(), ErrorKind::Raised);
    assert_eq!(count(&client).await, 0);
    assert_eq!(insert(&db, 10).await.expect("inserts"), 10);
}

/// A surplus answer is then under way, and the next caller would take it for the answer to its own request.
#[tokio::test]
async fn nothing_is_sent_after_a_refused_copy() {
    let (database, _db, client) = noting().await;
    let role: String = one(&client, "SELECT 'n' || md5(current_database())").await;
    client
        .batch_execute(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON shelves TO {role}"))
        .await
        .expect("a role");
    let separator = if database.url().contains('?') { '&' } else { '?' };
    let proxy = CountingProxy::to(&format!("{}{separator}user={role}", database.url())).await;
    let db = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    let backend = || async { db.query_as::<(i32,)>("SELECT pg_backend_pid()", &[]).fetch_one().await.expect("reads") };
    for _ in 0..10 {
        let before = backend().await;
        // The session is reset before the connection is lent again.
        Shelf::select().count(&db).await.expect("counts");
        proxy.take();
        assert_eq!(insert(&db, MANY).await.expect_err("refused").kind(), ErrorKind::NoPrivilege);
        let sent = proxy.take();
        assert_ne!(backend().await, before, "the connection is gone");
        assert_eq!(
            sent, 8,
            "the types, BEGIN, the types again and the end of their statement, the question and its statement, COPY and its statement"
        );
    }
    drop(db);
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.expect("cleans up");
}

/// Every type whose columns convert values by special rules.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "mixtures")]
struct Mixture {
    #[column(primary_key)]
    id: i64,
    #[column(sql_type = "timestamptz(0)")]
    second: DateTime<Utc>,
    #[column(sql_type = "timestamptz(3)[]")]
    moments: Vec<DateTime<Utc>>,
    time: NaiveTime,
    day: Option<NaiveDate>,
    #[column(sql_type = "numeric(12,2)")]
    price: Option<Decimal>,
    parts: Option<Vec<Decimal>>,
    #[column(sql_type = "varchar(3)")]
    word: String,
    words: Vec<Option<String>>,
    document: serde_json::Value,
    ratio: f64,
    flag: Option<bool>,
    bytes: Vec<u8>,
    #[column(sql_type = "citext")]
    spelling: String,
}

const MIXTURES: &str = "CREATE EXTENSION citext;
    CREATE DOMAIN small AS numeric(6,1) CHECK (VALUE < 900); CREATE DOMAIN smaller AS small CHECK (VALUE >= 0);
    CREATE TABLE mixtures (id bigint PRIMARY KEY, second timestamptz(0), moments timestamptz(3)[], \"time\" time(1),
        day date, price smaller, parts numeric(6,1)[], word varchar(3), words text[], document jsonb,
        ratio double precision, flag boolean, bytes bytea, spelling citext,
        doubled text GENERATED ALWAYS AS (word || word) STORED, place int GENERATED BY DEFAULT AS IDENTITY);
    CREATE TABLE others (LIKE mixtures INCLUDING ALL)";

fn mixture(id: i64) -> impl schemata::model::Insertable<Model = Mixture> {
    let at = |micros: i64| DateTime::from_timestamp_micros(micros * 1_234_567).expect("a time");
    let small = u32::try_from(id % 7).expect("small");
    Mixture::insert()
        .id(id)
        .second(at(id - 2_000))
        .moments((0..id % 4).map(|n| at(n * id)).collect::<Vec<_>>())
        .time(NaiveTime::from_num_seconds_from_midnight_opt(small * 1_000, small * 140_000_000).expect("a time"))
        .day((id % 3 > 0).then(|| NaiveDate::from_ymd_opt(1_990, 1, small + 1).expect("a date")))
        .price((id % 5 > 0).then(|| Decimal::new(id * 10 + 5, 2)))
        .parts((id % 2 > 0).then(|| vec![Decimal::new(id, 2), Decimal::new(-id, 1)]))
        .word(["", "ä€", "abc", "a  "][usize::from(id % 4 > 1) * 2 + usize::from(id % 2 > 0)])
        .words(vec![Some(format!("{{\"{id}\\,")), None, Some(String::new())])
        .document(serde_json::json!({ "a": [id, null, "\u{1f600}"], "b": 0.1 }))
        .ratio([0.1, -0.0, f64::INFINITY, f64::MIN_POSITIVE][usize::from(id % 4 > 1) * 2 + usize::from(id % 2 > 0)])
        .flag((id % 3 > 0).then_some(id % 2 > 0))
        .bytes(vec![0, 255, u8::try_from(id % 256).expect("a byte")])
        .spelling(format!("Word{id}"))
}

#[tokio::test]
async fn copy_leaves_the_rows_that_inserts_leave() {
    let database = schemata_tests::fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute(MIXTURES).await.expect("creates");
    let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
    let rows = || (0..i64::from(MANY)).map(mixture);
    db.transaction(|tx| async move { Mixture::insert_many(rows()).exec(&tx).await }).await.expect("inserts");
    client.batch_execute("INSERT INTO others OVERRIDING USER VALUE SELECT id, second, moments, \"time\", day, price, parts, word, words, document, ratio, flag, bytes, spelling FROM mixtures ORDER BY id; TRUNCATE mixtures RESTART IDENTITY").await.expect("keeps them");
    Mixture::insert_many(rows()).exec(&db).await.expect("copies");
    for (one_way, other) in [("mixtures", "others"), ("others", "mixtures")] {
        let different = format!("SELECT count(*) FROM (TABLE {one_way} EXCEPT ALL TABLE {other}) d");
        assert_eq!(one::<i64>(&client, &different).await, 0, "{one_way}");
    }
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM mixtures").await, 5_000);
    let too_high = (0..i64::from(MANY)).map(|id| mixture(10_001 + id * 10));
    assert_eq!(Mixture::insert_many(too_high).exec(&db).await.expect_err("too high").kind(), ErrorKind::CheckViolation);
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM mixtures").await, 5_000);
}

/// COPY carries no types: the eight bytes of an integer would be taken for a floating-point number, or a time.
#[tokio::test]
async fn a_column_of_another_type_does_not_take_the_bytes_for_another_value() {
    let database = schemata_tests::fresh_database().await;
    let client = connect(database.url()).await;
    client
        .batch_execute("CREATE TABLE mixtures (id bigint PRIMARY KEY, ratio double precision)")
        .await
        .expect("creates");
    let rows = |first: i64| {
        Counter::insert_many((first..first + i64::from(MANY)).map(|id| Counter::insert().id(id).ratio(1.5)))
    };
    // The batch relies on this: a query prepared in a transaction keeps other sessions from changing the types.
    let other = connect(database.url()).await;
    other.batch_execute("BEGIN").await.expect("begins");
    other.prepare("SELECT ratio FROM mixtures").await.expect("prepares");
    let locked = "SET lock_timeout = '50ms'; ALTER TABLE mixtures ALTER ratio TYPE bigint";
    let locked = client.batch_execute(locked).await.expect_err("has to wait");
    assert_eq!(locked.code().map(SqlState::code), Some("55P03"));
    other.batch_execute("ROLLBACK").await.expect("lets go");
    client.batch_execute("RESET lock_timeout").await.expect("waits again");

    for ty in ["numeric", "bigint", "real", "text", "timestamptz"] {
        let change = |ty: &str| format!("TRUNCATE mixtures; ALTER TABLE mixtures ALTER ratio TYPE {ty} USING NULL");
        client.batch_execute(&change("double precision")).await.expect("changes the type");
        let db = Db::builder(database.url()).max_connections(1).connect().await.expect("connects");
        rows(0).exec(&db).await.expect("copies");
        rows(10_000).fetch(&db).await.expect("inserts");
        client.batch_execute(&change(ty)).await.expect("changes the type");
        let outcome = rows(20_000).exec(&db).await;
        let stored: i64 = one(&client, "SELECT count(*) FROM mixtures").await;
        let right: i64 = one(&client, "SELECT count(*) FROM mixtures WHERE ratio::text IN ('1.5', '2')").await;
        assert_eq!(stored, right, "{ty}: {outcome:?}");
        assert_eq!((outcome.is_ok(), outcome.is_err()), (stored == 5_000, stored == 0), "{ty}: {outcome:?}");
    }
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "mixtures")]
struct Counter {
    #[column(primary_key)]
    id: i64,
    ratio: f64,
}

/// Waits until the other connections have nothing under way, and nothing open.
async fn settled(client: &Client) {
    let busy = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
    for _ in 0..1_000 {
        if one::<i64>(client, busy).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("something is left open");
}

async fn dropped_at_polls(moments: &[Moment]) {
    let (_database, db, client) = noting().await;
    for aisle in -5..0 {
        shelf_alone(&db, aisle).await;
    }
    for moment in moments {
        // Every poll at the beginning, then every few polls while rows are sent.
        let (mut polls, mut attempts) = (1, 0);
        loop {
            client.batch_execute("DELETE FROM shelves WHERE aisle >= 0").await.expect("empties");
            let output = poll_at_most(insert(&db, MANY), polls, *moment).await;
            for aisle in -5..0 {
                let found = Shelf::get(&db, (aisle, "x".to_owned())).await.expect("answers");
                assert_eq!(
                    (found.aisle, found.label),
                    (aisle, Some(aisle.to_string())),
                    "{moment:?} after {polls} polls"
                );
            }
            settled(&client).await;
            let rows = count(&client).await - 5;
            assert!(rows == 5_000 || rows == 0 && output.is_none(), "{rows} rows, {moment:?} after {polls} polls");
            attempts += 1;
            if let Some(done) = output {
                assert_eq!(done.expect("inserts"), 5_000);
                break;
            }
            polls += if polls < 14 { 1 } else { 11 };
        }
        assert!(attempts > 1, "{attempts} attempts: BEGIN, questions, COPY, rows, COMMIT");
    }
}

async fn shelf_alone(db: &Db, aisle: i32) {
    Shelf::insert_many([shelf(aisle)]).exec(db).await.expect("inserts");
}

#[tokio::test]
async fn a_copy_dropped_anywhere_is_whole_or_not_at_all_and_harms_no_other() {
    dropped_at_polls(&Moment::ALL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_dropped_anywhere_harms_no_other_on_several_threads() {
    dropped_at_polls(&[Moment::AtOnce]).await;
}

/// A port that leads to `server`, and takes ten milliseconds for each of the first large `reads`.
fn slow_road(server: String, reads: u32) -> u16 {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(64 * 1024).expect("a small buffer");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(16).expect("listens");
    let here = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(&server).await.expect("the server answers");
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.split();
                let (mut from_server, mut to_server) = server.split();
                let there = async {
                    let (mut buffer, mut slowed) = (vec![0; 64 * 1024], 0);
                    loop {
                        let read = from_client.read(&mut buffer).await?;
                        if read == 0 || to_server.write_all(&buffer[..read]).await.is_err() {
                            return to_server.shutdown().await;
                        }
                        if read > 4_096 && slowed < reads {
                            tokio::time::sleep(Duration::from_millis(10)).await;
                            slowed += 1;
                        }
                    }
                };
                let _ = tokio::join!(there, tokio::io::copy(&mut from_server, &mut to_client));
            });
        }
    });
    here
}

/// The server's time limit has passed, and the server reports that once the rows have arrived. The client's limit,
/// meant for a silent server, does not come into effect before.
#[tokio::test]
async fn rows_that_take_long_to_send_are_no_silence() {
    let cluster = Cluster::start().await;
    let client = connect(&cluster.url()).await;
    let table =
        "CREATE TABLE shelves (aisle int, level varchar(5), amount int, label text, PRIMARY KEY (aisle, level))";
    client.batch_execute(table).await.expect("creates");
    let road = slow_road(cluster.address(), 250);
    let url = format!("postgres://postgres@127.0.0.1:{road}/postgres?sslmode=disable");
    let db = Db::builder(&url).max_connections(1).statement_timeout(Duration::from_millis(500));
    let db = db.connect().await.expect("connects");
    let wide = "x".repeat(8_000);
    let row = |aisle| Shelf::insert().aisle(aisle).level("x").label(wide.clone());
    let error = Shelf::insert_many((0..MANY).map(row)).exec(&db).await.expect_err("takes too long");
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Cancelled, Some("57014")), "{error:?}");
    assert!(!matches!(error, Error::Transaction { .. }), "{error:?}");
    assert_eq!(count(&client).await, 0);
    assert_eq!(insert(&db, 10).await.expect("the pool works"), 10);
}
