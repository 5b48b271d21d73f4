//! Combinations of features: upserts with `update_given` on a table with versions, audit columns and soft delete;
//! extreme values of each type in batches that return rows; rollouts dropped at every poll.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::Write;
use schemata::tenants::{Rollout, Tenants};
use schemata::{Db, Ident, TableModel, tables};
use schemata_tests::catalog::{connect, one};
use schemata_tests::fresh_database;
use schemata_tests::polls::{Moment, at_every_poll, poll_at_most};
use schemata_tests::shop::{self, INITIAL, STATUS};
use schemata_tests::warehouse::{Article, warehouse};
use tokio_postgres::Client;

/// The authors of a row, and its version.
fn state(row: &Article) -> (i32, &str, Option<&str>, bool) {
    let version = i32::try_from(row.revision.version).expect("small");
    let audit = &row.audit;
    (version, audit.created_by.as_str(), audit.updated_by.as_deref(), row.removal.deactivated_at.is_some())
}

/// An upsert with `update_given` copies the given columns, raises the version and sets `updated_by`; it keeps the
/// creator, the immutable columns and the removal. This holds for one row, for many rows of the same columns, and for
/// many of different columns.
#[tokio::test]
async fn an_upsert_of_what_is_given_keeps_creator_origin_and_removal() {
    let (_database, db) = warehouse().await;
    for sku in ["a", "b", "c", "d"] {
        let row = Article::insert().sku(sku).name("old").email(format!("{sku}@x")).origin("there").actor("ann");
        row.exec(&db).await.expect("inserts");
    }
    Article::remove("d".to_owned()).exec(&db).await.expect("removes");
    let one_row = Article::insert().sku("a").name("new").origin("here").actor("bob");
    let a = one_row.on_conflict(Article::primary_key()).update_given().exec(&db).await.expect("updates");
    assert_eq!(state(&a), (2, "ann", Some("bob"), false));
    assert_eq!((a.name.as_str(), a.email.as_deref(), a.origin.as_str(), a.stock), ("new", Some("a@x"), "there", 1));
    assert!(a.audit.updated_at > a.audit.created_at);

    let row = |sku: &str| Article::insert_from(Article::insert().sku(sku).name("newer"));
    let different = vec![row("b"), row("c").stock(7), row("e")];
    let rows = Article::upsert_many(different, Article::primary_key()).update_given().actor("eve").fetch(&db).await;
    let rows = rows.expect("upserts");
    let states: Vec<_> = rows.iter().map(state).collect();
    let kept = (2, "ann", Some("eve"), false);
    assert_eq!(states[..2], [kept, kept]);
    assert_eq!((states[2].0, states[2].1, states[2].3), (1, "eve", false), "a new row");
    assert_eq!(rows.iter().map(|row| row.stock).collect::<Vec<_>>(), [1, 7, 1]);
    assert_eq!(rows[0].origin, "there");

    // A removed row stays removed, whatever the upsert changes.
    let again = Article::insert().sku("d").name("back").on_conflict(Article::primary_key()).update_given();
    let outcome = again.exec(&db).await;
    let stored = Article::select().with_deleted().filter(Article::sku.eq("d")).fetch(&db).await.expect("reads");
    let removed = stored[0].removal.deactivated_at.is_some();
    assert!(removed, "{outcome:?}");
    assert_eq!(stored[0].audit.created_by, "ann");
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "edges")]
struct Edge {
    #[column(primary_key)]
    id: i32,
    small: i16,
    medium: i32,
    large: i64,
    single: f32,
    double: f64,
    #[column(sql_type = "numeric")]
    amount: Decimal,
    text: Option<String>,
    bytes: Vec<u8>,
    day: NaiveDate,
    at: DateTime<Utc>,
    numbers: Vec<i64>,
    words: Vec<String>,
}

async fn edges(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Edge]).await
}

/// Rows with the extreme values of each type.
fn ends() -> Vec<Edge> {
    let instant = |seconds| DateTime::from_timestamp(seconds, 999_999_000).expect("an instant");
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a day");
    let low = Edge {
        id: i32::MIN,
        small: i16::MIN,
        medium: i32::MIN,
        large: i64::MIN,
        single: f32::MIN,
        double: f64::MIN,
        amount: Decimal::MIN,
        text: Some(String::new()),
        bytes: Vec::new(),
        day: day(-4712, 1, 1),
        at: instant(-210_866_803_200),
        numbers: vec![i64::MIN, 0, i64::MAX],
        words: vec![String::new(), "NULL".to_owned(), "a,b\"{}\\".to_owned()],
    };
    let high = Edge {
        id: i32::MAX,
        small: i16::MAX,
        medium: i32::MAX,
        large: i64::MAX,
        single: f32::MAX,
        double: f64::MAX,
        amount: Decimal::MAX,
        text: Some("\u{10ffff}\u{1}'\"\\".to_owned()),
        bytes: (0..=255).collect(),
        day: day(262_142, 12, 31),
        at: instant(8_210_266_876_799),
        numbers: Vec::new(),
        words: Vec::new(),
    };
    let tiny = Edge {
        id: 0,
        single: f32::MIN_POSITIVE / 2.0,
        double: f64::from_bits(1),
        amount: Decimal::new(1, 28),
        text: None,
        ..low.clone()
    };
    let infinite = Edge { id: 1, single: f32::INFINITY, double: f64::NEG_INFINITY, ..high.clone() };
    vec![high, tiny, low, infinite]
}

fn new_row(row: &Edge) -> impl schemata::model::Insertable<Model = Edge> {
    let row = row.clone();
    let first = Edge::insert().id(row.id).small(row.small).medium(row.medium).large(row.large).single(row.single);
    let first = first.double(row.double).amount(row.amount).text(row.text).bytes(row.bytes).day(row.day).at(row.at);
    first.numbers(row.numbers).words(row.words)
}

#[tokio::test]
async fn values_at_the_ends_of_their_types_go_through_batches_that_hand_rows_back() {
    let database = fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(edges(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates");
    let db = Db::connect(database.url()).await.expect("connects");
    let rows = ends();
    for round in ["inserted", "updated"] {
        let upsert = Edge::upsert_many(rows.iter().map(new_row), Edge::primary_key()).update_given();
        assert_eq!(upsert.fetch(&db).await.expect("upserts"), rows, "{round}");
    }
    // Each row gets the values of the next one.
    let rotated: Vec<Edge> =
        (0..rows.len()).map(|at| Edge { id: rows[at].id, ..rows[(at + 1) % rows.len()].clone() }).collect();
    let updates = rotated.iter().cloned().map(|row| {
        let update = Edge::update(row.id).small(row.small).medium(row.medium).large(row.large).single(row.single);
        let update = update.double(row.double).amount(row.amount).text(row.text).bytes(row.bytes).day(row.day);
        update.at(row.at).numbers(row.numbers).words(row.words)
    });
    let back = Edge::update_many(updates).returning((Edge::id, Edge::large, Edge::amount, Edge::at)).exec(&db).await;
    let expected: Vec<_> = rotated.iter().map(|row| (row.id, row.large, row.amount, row.at)).collect();
    assert_eq!(back.expect("updates"), expected);
    let stored = Edge::select().order_by(Edge::id.asc()).fetch(&db).await.expect("reads");
    let mut sorted = rotated;
    sorted.sort_by_key(|row| row.id);
    assert_eq!(stored, sorted);
}

/// Wherever a rollout is dropped, each tenant is consistent: its ledger agrees with its tables. No lock and no session
/// is left, and the next rollout completes.
#[tokio::test]
async fn a_rollout_dropped_anywhere_leaves_every_tenant_whole() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let names = ["one", "two", "three"];
    let tenants = || Tenants::new(names.map(|name| Ident::new(name).expect("a name")));
    let rollout = |jobs| Rollout::new(shop::migrator(&[INITIAL, STATUS])).jobs(jobs);
    for (jobs, moment) in [(1, Moment::AtOnce), (2, Moment::Answered), (3, Moment::AtOnce)] {
        let attempts = at_every_poll(async |polls| {
            for name in names {
                let sql = format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}");
                client.batch_execute(&sql).await.expect("begins anew");
            }
            let report = Box::pin(poll_at_most(rollout(jobs).run(database.url(), &tenants()), polls, moment)).await;
            until_alone(&client).await;
            for name in names {
                let (made, known) = (made(&client, name).await, recorded(&client, name).await);
                assert_eq!(known, made, "{name} after {polls} polls with {jobs} jobs, {moment:?}");
            }
            report.is_some_and(|report| report.expect("runs").is_complete())
        })
        .await;
        assert!(attempts > 4, "{attempts} polls");
    }
    client.batch_execute("DROP SCHEMA two CASCADE; CREATE SCHEMA two").await.expect("begins anew");
    assert!(rollout(2).run(database.url(), &tenants()).await.expect("runs").is_complete());
}

/// Waits until no other session is left in the database.
async fn until_alone(client: &Client) {
    let left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ends = async {
        while one::<i64>(client, left).await > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ends).await.expect("its sessions end");
}

/// Returns how many of the two migrations a tenant's tables show.
async fn made(client: &Client, tenant: &str) -> i64 {
    let sql = format!(
        "SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = '{tenant}' AND tablename = 'orders')
              + (SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('{tenant}.orders') AND attname = 'status')"
    );
    one(client, &sql).await
}

/// Returns how many finished migrations a tenant's ledger holds.
async fn recorded(client: &Client, tenant: &str) -> i64 {
    if !one::<bool>(client, &format!("SELECT to_regclass('{tenant}.schemata_migrations') IS NOT NULL")).await {
        return 0;
    }
    one(client, &format!("SELECT count(*) FROM {tenant}.schemata_migrations WHERE finished_at IS NOT NULL")).await
}
