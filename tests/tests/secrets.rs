//! Nothing that is shown, logged or stored holds values or passwords, the driver's own log included.

use std::fmt::Debug;
use std::sync::{Mutex, OnceLock};

use chrono::{DateTime, Utc};
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, MigrationSet, Migrator};
use schemata::model::{Keep, Write};
use schemata::schema::{ColumnType, SqlType};
use schemata::types::private::BytesMut;
use schemata::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use schemata::{Db, Executor, Newtype, RawSql, TableModel};
use schemata_tests::catalog::{connect, one};
use schemata_tests::fresh_database;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

const SECRET: &str = "s3cr3t";

/// Records everything that any thread of the process logs, through `log` and `tracing`.
fn heard() -> &'static Mutex<String> {
    static HEARD: OnceLock<Mutex<String>> = OnceLock::new();
    static LOGGER: Everything = Everything;
    HEARD.get_or_init(|| {
        log::set_logger(&LOGGER).expect("the first logger");
        log::set_max_level(log::LevelFilter::Trace);
        Mutex::default()
    })
}

fn hear(text: &str) {
    let mut all = heard().lock().expect("no panic");
    all.push_str(text);
    all.push('\n');
}

struct Everything;

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        hear(&format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

impl Visit for Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        hear(&format!("{field} {value:?}"));
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Everything {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        attributes.record(&mut Everything);
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut Everything);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Everything);
    }
}

/// A type of the application's own, whose `Debug` shows it.
#[derive(Debug, Clone, PartialEq)]
struct Token(String);

impl ToSql for Token {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <String as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Token {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        String::from_sql(ty, raw).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        <String as FromSql<'a>>::accepts(ty)
    }
}

impl ColumnType for Token {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("text");
    schemata::driver_conversions!();
}

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Name(String);

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "accounts")]
struct Account {
    #[column(primary_key)]
    name: Name,
    token: Token,
    secrets: Vec<String>,
    details: serde_json::Value,
    at: Option<DateTime<Utc>>,
}

macro_rules! row {
    ($name:expr) => {
        Account::insert()
            .name(Name(format!("{SECRET} {}", $name)))
            .token(Token(SECRET.to_owned()))
            .secrets(vec![SECRET.to_owned()])
            .details(serde_json::json!({ SECRET: SECRET }))
    };
}

fn name(name: &str) -> Name {
    Name(format!("{SECRET} {name}"))
}

async fn database() -> (schemata::testing::TestDatabase, Db) {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "CREATE TABLE accounts (name text PRIMARY KEY, token text NOT NULL, secrets text[] NOT NULL,
                                    details jsonb NOT NULL, at timestamptz)",
        )
        .await
        .expect("creates the table");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

/// Runs each kind of statement that binds values, on every executor; and failing ones where they abort no transaction.
async fn everything(on: &(impl Executor + ?Sized), mark: &str, may_fail: bool) -> schemata::Result<()> {
    let named = |n: u32| format!("{mark}{n}");
    row!(named(0)).exec(on).await?;
    Account::insert_many([row!(named(1)), row!(named(2))]).fetch(on).await?;
    Account::insert_many((100..250).map(|n| row!(named(n)))).exec(on).await?;
    Account::insert_many((10_000..15_000).map(|n| row!(named(n)))).exec(on).await?;
    let twice = [row!(named(1)), row!(named(1))];
    Account::upsert_many(twice, Account::primary_key()).on_duplicate(Keep::Last).update_given().fetch(on).await?;
    let key = || name(&named(1));
    Account::get(on, key()).await?;
    Account::find(on, key()).await?;
    let condition = || Account::token.eq(Token(SECRET.to_owned())).and(Account::name.is_in([key()]));
    Account::select().filter(condition()).fetch(on).await?;
    Account::select().filter(condition()).columns((Account::name, Account::secrets)).fetch(on).await?;
    Account::select().filter(Account::details.json_contains(serde_json::json!({ SECRET: SECRET }))).fetch(on).await?;
    Account::select().filter(Account::secrets.overlaps([SECRET])).count(on).await?;
    let first = Account::select().order_by(Account::name.asc()).page(2).fetch(on).await?;
    Account::select().order_by(Account::name.asc()).page(2).after_opt(first.next).fetch(on).await?;
    let mut rows = Account::select().filter(condition()).stream(on).await?;
    while rows.try_next().await?.is_some() {}
    drop(rows);
    Account::update(key()).token(Token(SECRET.to_owned())).exec(on).await?;
    Account::update_many([Account::update(key()).secrets(vec![SECRET.to_owned()])]).exec(on).await?;
    Account::update_where(condition()).token(Token(SECRET.to_owned())).exec(on).await?;
    Account::delete_where(condition()).exec(on).await?;
    Account::delete_many([name(&named(2))]).exec(on).await?;
    on.execute_sql(RawSql::from("SELECT $1::text"), &[&SECRET]).await?;
    on.query_as::<(String,)>(RawSql::from("SELECT $1::text"), &[&SECRET]).await?;
    if may_fail {
        row!(named(0)).exec(on).await.expect_err("taken");
        on.execute_sql(RawSql::from("SELECT $1::text::int"), &[&SECRET]).await.expect_err("no number");
    }
    Ok(())
}

#[tokio::test]
async fn no_value_is_logged_whatever_is_listened_to() {
    let (_database, db) = database().await;
    let log = heard();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(Everything));
    everything(&db, "a", true).await.expect("runs");
    let all = log.lock().expect("no panic").clone();
    assert!(all.contains("with parameters: [") && all.contains("INSERT INTO"), "the driver's log is heard");
    let line = all.lines().find(|line| line.contains(SECRET));
    assert_eq!(line, None);
}

#[tokio::test]
async fn no_value_is_logged_in_a_transaction_or_on_the_drivers_own_client() {
    let (database, db) = database().await;
    let log = heard();
    let client = connect(database.url()).await;
    everything(&client, "b", true).await.expect("runs");
    db.transaction(async |tx| everything(&tx, "c", false).await).await.expect("commits");
    let all = log.lock().expect("no panic").clone();
    assert_eq!(all.lines().find(|line| line.contains(SECRET)), None);
}

#[tokio::test]
async fn a_password_in_a_url_is_never_shown() {
    for url in [
        "postgres://u:p@s3cr3t@127.0.0.1:1/db",
        "postgres://u:p/s3cr3t@127.0.0.1:1/db",
        "postgres://u:p?s3cr3t@127.0.0.1:1/db",
        "host=127.0.0.1 port=1 password=p s3cr3t",
        "postgres://u:s3cr3t@127.0.0.1:1/db",
        "host=127.0.0.1 port=1 user=u password=s3cr3t dbname=db",
    ] {
        let builder = Db::builder(url);
        let mut said = format!("{builder:?}");
        let error = builder.connect().await.expect_err("nobody listens there");
        said += &chain(&error);
        let tenants = schemata::tenants::Tenants::matching(url, "t%").await;
        said += &tenants.map_or_else(|error| chain(&error), |_| String::new());
        let migrator = Migrator::new(MigrationSet::new([]).expect("none"));
        said += &migrator.run(url).await.map_or_else(|error| chain(&error), |_| String::new());
        assert!(!said.contains(SECRET), "{url}: {said}");
    }
}

/// Returns an error, its causes, and the `Debug` of all.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source()).map(ToString::to_string);
    format!("{error}\n{}\n{error:?}\n", causes.collect::<Vec<_>>().join("\n"))
}

async fn roles(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE kept (id int)").await?;
    m.execute("ALTER ROLE CURRENT_USER PASSWORD 's3cr3t'").await?;
    Ok(())
}

async fn broken(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("ALTER ROLE no_such_role PASSWORD 's3cr3t'").await?;
    Ok(())
}

#[tokio::test]
async fn a_password_of_a_migration_is_neither_kept_nor_shown() {
    let database = fresh_database().await;
    let entry = |id, run| MigrationEntry::new("roles", id, run, file!(), line!());
    let first = entry("1", |m| Box::pin(roles(m)));
    let migrator = Migrator::new(MigrationSet::new([first]).expect("one"));
    let plan = migrator.plan(database.url()).await.expect("plans");
    assert_eq!(plan[0].statements[1], "ALTER ROLE CURRENT_USER PASSWORD '***'");
    let report = migrator.run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    let kept: String = one(&client, "SELECT string_agg(s::text, '') FROM schemata_migrations s").await;
    assert!(kept.contains("PASSWORD '***'") && !kept.contains(SECRET), "{kept}");
    let is_set: bool = one(&client, "SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = current_user").await;
    assert!(is_set, "the statement that ran had the password");
    assert!(!format!("{report:?} {:?}", migrator.status(database.url()).await).contains(SECRET));

    let second = entry("2", |m| Box::pin(broken(m)));
    let migrator = Migrator::new(MigrationSet::new([first, second]).expect("two"));
    let error = migrator.run(database.url()).await.expect_err("there is no such role");
    let said = chain(&error);
    assert!(said.contains("ALTER ROLE no_such_role PASSWORD '***'") && !said.contains(SECRET), "{said}");
}
