//! What a subscriber receives: one span per call with OpenTelemetry's fields, slow calls, and never a value.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use schemata::{Db, Executor, RawSql, TableModel};
use schemata_tests::runtime::{add, shop_database};
use schemata_tests::shop::first::Customer;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

type Fields = BTreeMap<String, String>;

/// Everything received: spans and events with their target and fields.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeMap<String, Vec<Fields>>>>, Arc<Mutex<BTreeMap<u64, Fields>>>);

struct Collect<'f>(&'f mut Fields);

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl Heard {
    fn take(&self, target: &str) -> Vec<Fields> {
        self.0.lock().expect("no panic").remove(target).unwrap_or_default()
    }

    fn keep(&self, target: &str, fields: Fields) {
        self.0.lock().expect("no panic").entry(target.to_owned()).or_default().push(fields);
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Heard {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut Collect(&mut fields));
        self.1.lock().expect("no panic").insert(id.into_u64(), fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut open = self.1.lock().expect("no panic");
        values.record(&mut Collect(open.entry(id.into_u64()).or_default()));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::new();
        event.record(&mut Collect(&mut fields));
        self.keep(event.metadata().target(), fields);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let target = context.span(&id).expect("still there").metadata().target().to_owned();
        let fields = self.1.lock().expect("no panic").remove(&id.into_u64()).unwrap_or_default();
        self.keep(&target, fields);
    }
}

fn has(fields: &Fields, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(fields.get(*name).map(String::as_str), Some(*value), "{name} in {fields:?}");
    }
}

#[tokio::test]
async fn each_call_is_a_span_without_values() {
    let database = shop_database().await;
    let heard = Heard::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(heard.clone()));
    let db = Db::builder(database.url()).slow_query(Duration::from_millis(200)).connect().await.expect("connects");

    add(&db, "s3cr3t").await.expect("inserts");
    let spans = heard.take("schemata::query");
    assert_eq!(spans.len(), 1);
    has(
        &spans[0],
        &[
            ("db.system.name", "postgresql"),
            ("db.operation.name", "insert"),
            ("db.collection.name", "customers"),
            ("db.namespace", "public"),
            ("db.response.returned_rows", "1"),
            ("otel.name", "insert customers"),
            ("otel.kind", "client"),
        ],
    );
    assert!(spans[0]["db.query.text"].starts_with("INSERT INTO"));
    assert!(spans[0]["duration_ms"].parse::<f64>().expect("a number") > 0.0);
    assert!(!spans[0].contains_key("error.type"));

    add(&db, "s3cr3t").await.expect_err("taken");
    let spans = heard.take("schemata::query");
    has(&spans[0], &[("error.type", "UniqueViolation"), ("db.response.status_code", "23505")]);

    Customer::select().filter(Customer::email.eq("s3cr3t")).fetch(&db).await.expect("reads");
    db.query_as::<(String,)>(RawSql::trusted("SELECT 's3cr3t'".to_owned()), &[]).await.expect("reads");
    let spans = heard.take("schemata::query");
    has(&spans[0], &[("db.operation.name", "select"), ("db.response.returned_rows", "1")]);
    assert!(!spans[1].contains_key("db.query.text"), "a text made at run time may hold values");

    assert!(heard.take("schemata::slow").is_empty());
    db.execute_sql("SELECT pg_sleep(0.25), $1", &[&"s3cr3t"]).await.expect("sleeps");
    let slow = heard.take("schemata::slow");
    has(&slow[0], &[("db.operation.name", "execute"), ("message", "slow query")]);
    assert!(slow[0]["duration_ms"].parse::<f64>().expect("a number") >= 250.0);

    let all = format!("{:?}", heard.0.lock().expect("no panic"));
    assert!(!all.contains("s3cr3t") && !format!("{spans:?} {slow:?}").contains("s3cr3t"), "{all}");
}

#[tokio::test]
async fn a_stream_is_a_span_from_its_opening_to_its_last_row() {
    let database = shop_database().await;
    let db = Db::connect(database.url()).await.expect("connects");
    for name in ["s3cr3t-a", "s3cr3t-b", "s3cr3t-c"] {
        add(&db, name).await.expect("inserts");
    }
    let heard = Heard::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(heard.clone()));
    let select = || Customer::select().filter(Customer::email.starts_with("s3cr3t"));

    let mut rows = select().stream(&db).await.expect("opens");
    for _ in 0..3 {
        assert!(heard.take("schemata::query").is_empty(), "it goes on");
        rows.try_next().await.expect("reads").expect("three");
    }
    assert!(rows.try_next().await.expect("reads").is_none());
    let spans = heard.take("schemata::query");
    assert_eq!(spans.len(), 1, "it ends with the last row, not with the handle");
    has(
        &spans[0],
        &[
            ("otel.name", "select customers"),
            ("db.operation.name", "select"),
            ("db.namespace", "public"),
            ("db.response.returned_rows", "3"),
        ],
    );
    assert!(spans[0]["duration_ms"].parse::<f64>().expect("a number") > 0.0);
    assert!(spans[0]["db.query.text"].starts_with("SELECT"));
    drop(rows);

    let mut rows = select().stream(&db).await.expect("opens");
    rows.try_next().await.expect("reads").expect("one");
    drop(rows);
    let half = heard.take("schemata::query");
    has(&half[0], &[("db.response.returned_rows", "1")]);

    let elsewhere = db.in_schema("nowhere").expect("a name");
    select().stream(&elsewhere).await.expect_err("no such table");
    let failed = heard.take("schemata::query");
    has(&failed[0], &[("error.type", "UndefinedObject"), ("db.response.status_code", "42P01")]);
    let all = format!("{spans:?} {half:?} {failed:?} {:?}", heard.0.lock().expect("no panic"));
    assert!(!all.contains("s3cr3t"), "{all}");
}

#[tokio::test]
async fn a_second_connection_inside_a_transaction_is_noticed() {
    let database = shop_database().await;
    let db = Db::connect(database.url()).await.expect("connects");
    let heard = Heard::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(heard.clone()));
    db.transaction(|tx| async move { add(&tx, "a").await.map(drop) }).await.expect("commits");
    assert!(heard.take("schemata::pool").is_empty(), "the handle is the transaction's");
    let outside = db.clone();
    db.transaction(|_| async move { add(&outside, "b").await.map(drop) }).await.expect("commits");
    let warned = heard.take("schemata::pool");
    assert_eq!(warned.len(), 1);
    assert!(warned[0]["message"].contains("second connection"), "{warned:?}");
}
