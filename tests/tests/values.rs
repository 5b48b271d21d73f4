//! A value comes back as it is, or is refused with its column's name: every type with the values that only one side can
//! hold, through every way of reading and writing.

use std::fmt::Debug;
use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::schema::{ArrayElement, ColumnType, Interval};
use schemata::testing::TestDatabase;
use schemata::types::Json;
use schemata::{
    Db, Error, ErrorKind, Executor, FromRow, Newtype, PgEnum, Projection, RawSql, Result, RowReader, TableModel,
    TextEnum,
};
use schemata_tests::catalog::{connect, major};
use schemata_tests::fresh_database;
use serde_json::{Value, json};
use tokio_postgres::Client;

/// The result of reading a value of PostgreSQL in Rust.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Equal,
    Refused,
}

use Expected::{Equal, Refused};

async fn database(sql: &str) -> (TestDatabase, Db, Client) {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute(sql).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db, client)
}

/// Returns whether the outcome is as expected; a refusal names the column `value`.
#[track_caller]
fn judge<T: Debug>(outcome: Result<T>, expected: Expected, what: &str) -> Option<T> {
    match (outcome, expected) {
        (Ok(value), Equal) => Some(value),
        (Err(error), Refused) => {
            assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("value")), "{what}: {error:?}");
            None
        }
        (outcome, _) => panic!("{what}: {outcome:?}"),
    }
}

/// One column, read by hand.
#[derive(Debug)]
struct One<T>(T);

impl<T: ColumnType> FromRow for One<T> {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        row.take().map(Self)
    }
}

/// Reads what `sql` selects as `T`, in all ways that need no model.
async fn read_raw<T: ArrayElement + ColumnType<Inner = T> + Debug>(db: &Db, sql: &str, expected: Expected) {
    let query = |sql: &str| RawSql::trusted(sql.to_owned());
    judge(db.query_as::<(T,)>(query(sql), &[]).fetch_one().await, expected, sql);
    judge(db.query_as::<(Option<T>,)>(query(sql), &[]).fetch_one().await, expected, sql);
    judge(db.query_as::<One<T>>(query(sql), &[]).fetch().await, expected, sql);
}

/// Reads the same as an element of an array.
async fn read_elements<T: ArrayElement + ColumnType<Inner = T> + Debug>(db: &Db, array: &str, expected: Expected) {
    let query = |sql: &str| RawSql::trusted(sql.to_owned());
    judge(db.query_as::<(Vec<T>,)>(query(array), &[]).fetch_one().await, expected, array);
    judge(db.query_as::<(Vec<Option<T>>,)>(query(array), &[]).fetch_one().await, expected, array);
}

/// Defines a model with one value, and tries it with each of its literals.
macro_rules! sweep {
    ($test:ident: $rust:ty, $declared:literal, $column:literal; equal $equal:expr; refused $refused:expr $(; $elements:ident)?) => {
        #[tokio::test]
        async fn $test() {
            #[derive(Debug, Clone, PartialEq, TableModel)]
            #[table(name = "holdings")]
            struct Holding {
                #[column(primary_key)]
                id: i32,
                #[column(sql_type = $declared)]
                value: $rust,
                #[column(sql_type = $declared)]
                maybe: Option<$rust>,
            }

            async fn reads(db: &Db, expected: Expected, literal: &str) -> Option<Holding> {
                let what = |way: &str| format!("{literal} by {way}");
                let all = || Holding::select().filter(Holding::id.eq(1));
                let value = Holding::value;
                let row = judge(Holding::get(db, 1).await, expected, &what("get"));
                judge(Holding::find(db, 1).await, expected, &what("find"));
                judge(all().fetch(db).await, expected, &what("fetch"));
                judge(all().columns(value).fetch(db).await, expected, &what("column"));
                judge(all().columns((Holding::id, value)).fetch(db).await, expected, &what("columns"));
                judge(all().order_by(Holding::id.asc()).page(5).fetch(db).await.map(|page| page.rows), expected, &what("page"));
                let first = async { all().stream(db).await?.try_next().await };
                judge(first.await, expected, &what("stream"));
                // Nothing is changed, so nothing has to be undone if the row cannot be read.
                let touched = Holding::update_where(Holding::id.eq(1)).set_sql(Holding::value, "value").returning(value);
                judge(touched.exec(db).await, expected, &what("update … returning"));
                row
            }

            async fn writes(db: &Db, client: &Client, row: &Holding, literal: &str) {
                let stored = |id: i32| Holding::insert().id(id).value(row.value.clone()).maybe(Some(row.value.clone()));
                stored(2).exec(db).await.expect("inserts");
                Holding::insert_many([stored(3)]).fetch(db).await.expect("inserts");
                Holding::insert_many((1_000..1_120).map(stored)).exec(db).await.expect("inserts");
                Holding::upsert_many([stored(3), stored(4)], Holding::primary_key()).update_given().exec(db).await.expect("upserts");
                Holding::update(2).value(row.value.clone()).exec(db).await.expect("updates");
                Holding::update_many([Holding::update(3).value(row.value.clone())]).exec(db).await.expect("updates");
                let different = format!(
                    "SELECT count(*) FROM holdings WHERE value IS DISTINCT FROM ({literal})::{} \
                     OR id > 1 AND maybe IS DISTINCT FROM value", $column
                );
                let different: i64 = client.query_one(&different, &[]).await.expect("compares").get(0);
                assert_eq!(different, 0, "{literal} is written as it is");
                let found = Holding::select().filter(Holding::value.eq(row.value.clone())).count(db).await;
                assert_eq!(found.expect("counts"), 124, "{literal} is found");
            }

            /// So many rows that they go by COPY.
            async fn copies(db: &Db, client: &Client, rows: &[(Holding, &str)]) {
                client.batch_execute("TRUNCATE holdings").await.expect("empties");
                let row = |id: i32| {
                    let value = &rows[usize::try_from(id).expect("positive") % rows.len()].0.value;
                    Holding::insert().id(id).value(value.clone()).maybe(Some(value.clone()))
                };
                Holding::insert_many((0..5_000).map(row)).exec(db).await.expect("copies");
                for (at, (_, literal)) in rows.iter().enumerate() {
                    let same = format!(
                        "SELECT count(*) FROM holdings WHERE id % {} = {at} AND value IS NOT DISTINCT FROM ({literal})::{} \
                         AND maybe IS NOT DISTINCT FROM value", rows.len(), $column
                    );
                    let same: i64 = client.query_one(&same, &[]).await.expect("compares").get(0);
                    assert!(usize::try_from(same).expect("positive") >= 5_000 / rows.len(), "{literal} is copied as it is");
                }
            }

            let table = format!("CREATE TABLE holdings (id int PRIMARY KEY, value {0} NOT NULL, maybe {0})", $column);
            let (_database, db, client) = database(&table).await;
            let is_old = major(&client).await < 14;
            let mut readable: Vec<(Holding, &str)> = Vec::new();
            for (expected, literals) in [(Equal, &$equal[..]), (Refused, &$refused[..])] {
                for literal in literals {
                    // PostgreSQL before 14 does not know the literal `Infinity` of numeric.
                    if is_old && $column == "numeric" && literal.contains("Infinity") {
                        continue;
                    }
                    let insert = format!("TRUNCATE holdings; INSERT INTO holdings VALUES (1, ({literal})::{})", $column);
                    client.batch_execute(&insert).await.unwrap_or_else(|error| panic!("{literal}: {error:?}"));
                    let row = reads(&db, expected, literal).await;
                    if let Some(row) = row {
                        writes(&db, &client, &row, literal).await;
                        readable.push((row, literal));
                    }
                    $(
                        let query = format!("SELECT ({literal})::{} AS value", $column);
                        read_raw::<$rust>(&db, &query, expected).await;
                        let array = format!("SELECT ARRAY[({literal})::{}] AS value", $column);
                        $elements::<$rust>(&db, &array, expected).await;
                    )?
                }
            }
            copies(&db, &client, &readable).await;
        }
    };
}

sweep! {
    numbers_keep_every_digit: Decimal, "numeric", "numeric";
    equal [
        "'0'", "'-0.00'", "'1.10'", "'-1'", "'10000'", "'0.0001'", "'12345678901234567890.12345678'",
        "'79228162514264337593543950335'", "'-79228162514264337593543950335'", "'7.9228162514264337593543950335'",
        "'0.0000000000000000000000000001'", "'1.0000000000000000000000000000000000000000'", "'20000.00000000'",
        "'79228162514264337593543950335.0000'", "'1e28'", "0.1::numeric + 0.2", "'0.00000000000000000000000000000000000'",
    ];
    refused [
        "'1e-40'", "'79228162514264337593543950335.4'", "'79228162514264337593543950336'", "'-79228162514264337593543950336'",
        "'0.00000000000000000000000000001'", "'1.00000000000000000000000000005'", "'NaN'", "'Infinity'", "'-Infinity'",
        "'1e131071'", "'1e-16383'", "repeat('9', 131072)", "'1e29'",
    ];
    read_elements
}

sweep! {
    instants_are_themselves: DateTime<Utc>, "timestamptz", "timestamptz";
    equal [
        "'2000-01-01'", "'1999-12-31 23:59:59.999999+00'", "'1969-12-31 23:59:59.999999+00'", "'4714-11-24 00:00:00+00 BC'",
        "'0001-01-01 00:00+00'", "'9999-12-31 23:59:60+00'", "'262000-01-01 00:00+00'",
    ];
    refused ["'infinity'", "'-infinity'", "'294276-12-31 23:59:59.999999+00'"];
    read_elements
}

sweep! {
    timestamps_are_themselves: NaiveDateTime, "timestamp", "timestamp";
    equal ["'1999-12-31 23:59:59.999999'", "'4714-11-24 00:00:00 BC'", "'262000-01-01 00:00'"];
    refused ["'infinity'", "'-infinity'", "'294276-12-31 23:59:59.999999'"];
    read_elements
}

sweep! {
    dates_are_themselves: NaiveDate, "date", "date";
    equal ["'2000-02-29'", "'4714-11-24 BC'", "'0001-12-31 BC'", "'262000-01-01'"];
    refused ["'infinity'", "'-infinity'", "'5874897-12-31'"];
    read_elements
}

sweep! {
    times_are_themselves: NaiveTime, "time", "time";
    equal ["'00:00'", "'23:59:59.999999'", "'12:00:00.000001'"];
    refused ["'24:00'"];
    read_elements
}

sweep! {
    addresses_are_themselves: IpAddr, "inet", "inet";
    equal ["'10.0.0.1'", "'::1'", "'255.255.255.255/32'", "'2001:db8::/128'"];
    refused ["'10.0.0.1/8'", "'::1/64'", "'0.0.0.0/0'"];
    read_elements
}

sweep! {
    intervals_are_themselves: Interval, "interval", "interval";
    equal ["'0'", "'-1 month 2 days -00:00:00.000001'", "'178000000 years'", "'-178000000 years'", "'1 year 13 months 40 days 100 hours'"];
    refused [""; 0];
    read_elements
}

sweep! {
    doubles_are_themselves: f64, "double precision", "double precision";
    equal ["'NaN'", "'Infinity'", "'-Infinity'", "'-0'", "'5e-324'", "'1.7976931348623157e308'", "'0.1'"];
    refused [""; 0];
    read_elements
}

sweep! {
    texts_are_themselves: String, "text", "text";
    equal ["''", "E'\\u0001\\t\\n'", "'naïve 😀'", "E'a\\u0301'", "repeat('x', 100000)", "'\\N'", "'{\"\"}'"];
    refused [""; 0];
    read_elements
}

sweep! {
    bytes_are_themselves: Vec<u8>, "bytea", "bytea";
    equal ["''", "'\\x00ff00'"];
    refused [""; 0];
    read_elements
}

sweep! {
    whole_numbers_are_themselves: i64, "bigint", "bigint";
    equal ["'9223372036854775807'", "'-9223372036854775808'", "'0'"];
    refused [""; 0];
    read_elements
}

sweep! {
    documents_are_themselves: Value, "jsonb", "jsonb";
    equal [
        "'null'", "'{\"a\": 1.10, \"b\": [1e2, -0.5]}'", "'18446744073709551615'", "'-9223372036854775808'",
        "'0.30000000000000004'", "'1e300'", "'100000000000000000000000'", "'\"1e-400 \\\\u0000\"'",
        "repeat('[', 127) || repeat(']', 127)",
    ];
    refused [
        "'12345678901234567890123'", "'[0.1234567890123456789]'", "'{\"a\": 1e400}'", "'1e-400'", "'18446744073709551617'",
        "repeat('[', 128) || repeat(']', 128)", "repeat('{\"a\":', 2000) || '1' || repeat('}', 2000)",
    ];
    read_elements
}

sweep! {
    arrays_are_themselves: Vec<i32>, "integer[]", "integer[]";
    equal ["'{}'", "'{1,-2}'", "'[1:2]={3,4}'"];
    refused ["'[5:6]={1,2}'", "'[0:0]={1}'", "'{{1,2},{3,4}}'", "'{1,NULL}'"]
}

sweep! {
    arrays_with_nulls_are_themselves: Vec<Option<Decimal>>, "numeric[]", "numeric[]";
    equal ["'{1.10,NULL}'"];
    refused ["'{NULL,1e-40}'"]
}

/// An amount of its own type.
#[derive(Debug, Clone, PartialEq, Newtype)]
struct Amount(Decimal);

sweep! {
    newtypes_are_what_is_inside: Amount, "numeric", "numeric";
    equal ["'1.10'"];
    refused ["'1e-40'", "'NaN'"];
    read_elements
}

#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
#[column(name = "mood")]
enum Mood {
    Calm,
}

#[derive(Debug, Clone, Copy, PartialEq, TextEnum)]
enum Level {
    Low,
}

#[tokio::test]
async fn labels_without_a_variant_are_refused() {
    let (_database, db, _client) = database("CREATE TYPE mood AS ENUM ('calm', 'wild')").await;
    read_raw::<Mood>(&db, "SELECT 'calm'::mood AS value", Equal).await;
    read_raw::<Mood>(&db, "SELECT 'wild'::mood AS value", Refused).await;
    read_elements::<Mood>(&db, "SELECT ARRAY['calm', 'wild']::mood[] AS value", Refused).await;
    read_raw::<Level>(&db, "SELECT 'low' AS value", Equal).await;
    read_raw::<Level>(&db, "SELECT 'Low' AS value", Refused).await;
}

/// `json` keeps the text: equal keys, and numbers as they are written.
#[tokio::test]
async fn json_with_equal_keys_is_refused() {
    let (_database, db, _client) = database("").await;
    for (json, expected) in [
        (r#"{"a": 1, "b": {"a": 2}}"#, Equal),
        (r#"{"a": "b:c", "b": [{"a": 2}, {"a": 2}]}"#, Equal),
        (r#"{"a": 1, "a": 1}"#, Refused),
        (r#"[{"b": {"a": 1, "a": 2}}]"#, Refused),
        ("12345678901234567890123", Refused),
        ("1.000000000000000000000000", Equal),
    ] {
        read_raw::<Value>(&db, &format!("SELECT '{json}'::json AS value"), expected).await;
    }
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "ledgers")]
struct Ledger {
    #[column(primary_key)]
    id: i32,
    #[column(references = Self::id)]
    parent: Option<i32>,
    value: Decimal,
}

#[derive(Debug, PartialEq, Projection)]
#[projection(of = Ledger)]
struct Brief {
    value: Decimal,
}

/// Aggregates, projections and relations read as models do.
#[tokio::test]
async fn no_way_of_reading_goes_round_the_check() {
    let (_database, db, _client) = database(
        "CREATE TABLE ledgers (id int PRIMARY KEY, parent int REFERENCES ledgers, value numeric NOT NULL);
         INSERT INTO ledgers VALUES (1, NULL, 1), (2, 1, 79228162514264337593543950335), (3, 1, 0.4)",
    )
    .await;
    let refused = |outcome: Result<Option<Decimal>>, column: &str| {
        let error = outcome.expect_err("too many digits");
        assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some(column)), "{error:?}");
    };
    let value = Ledger::value;
    refused(Ledger::select().aggregate(value.sum()).fetch_one(&db).await, "sum");
    let average = Ledger::select().filter(Ledger::id.ne(2)).aggregate(value.avg()).fetch_one(&db).await;
    assert_eq!(average.expect("0.7 has one digit").map(|average| average.normalize()), Some(Decimal::new(7, 1)));
    db.execute_sql("UPDATE ledgers SET value = 1e-40 WHERE id = 3", &[]).await.expect("updates");
    refused(Ledger::select().aggregate(value.min()).fetch_one(&db).await, "min");
    let brief = Ledger::select().filter(Ledger::id.eq(3)).project::<Brief>().fetch_one(&db).await;
    refused(brief.map(|brief| Some(brief.value)), "value");
    let parents = Ledger::select().filter(Ledger::id.eq(1)).fetch(&db).await.expect("reads");
    let children = Ledger::PARENT_FKEY.children_of(&parents).fetch(&db).await;
    refused(children.map(|children| children.rows().first().map(|row| row.value)), "value");
    let deleted =
        db.transaction(async |tx| Ledger::delete_where(Ledger::id.eq(3)).returning(value).exec(&tx).await).await;
    refused(deleted.map(|values| values.first().copied()), "value");
    assert_eq!(Ledger::select().count(&db).await.expect("counts"), 3, "what cannot be read is not deleted");
    // The cursor keeps the digits that the row's type cannot hold.
    let ids = Ledger::select().columns(Ledger::id).order_by(value.asc()).fetch(&db).await.expect("reads");
    assert_eq!(ids, [3, 1, 2]);
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "inputs")]
struct Input {
    #[column(primary_key)]
    id: i32,
    text: Option<String>,
    texts: Option<Vec<String>>,
    instant: Option<DateTime<Utc>>,
    instants: Option<Vec<DateTime<Utc>>>,
    #[column(sql_type = "timestamp(3) without time zone")]
    local: Option<NaiveDateTime>,
    time: Option<NaiveTime>,
    date: Option<NaiveDate>,
    #[column(sql_type = "numeric(6,2)")]
    price: Option<Decimal>,
    document: Option<Value>,
    documents: Option<Vec<Value>>,
    typed: Option<Json<Node>>,
}

/// A document whose type does not limit its depth.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Node(Vec<Node>);

const INPUTS: &str = "CREATE TABLE inputs (id int PRIMARY KEY, text text, texts text[], instant timestamptz,
    instants timestamptz[], local timestamp(3), time time, date date, price numeric(6,2), document jsonb,
    documents jsonb[], typed jsonb)";

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner]))
}

fn node(levels: usize) -> Node {
    (1..levels).fold(Node(Vec::new()), |inner, _| Node(vec![inner]))
}

fn leap() -> NaiveDateTime {
    let midnight = NaiveDate::from_ymd_opt(2016, 12, 31).expect("a date");
    midnight.and_hms_nano_opt(23, 59, 59, 1_500_000_000).expect("chrono has leap seconds")
}

/// Nothing of `row` may reach the table on any way of writing, and the error names the column.
macro_rules! unwritable {
    ($db:expr, $column:ident, $value:expr) => {{
        let column = stringify!($column);
        let row = |id: i32| Input::insert().id(id).$column(Some($value));
        let refused = |error: Error, way: &str| {
            let Error::Invalid(found) = &error else { panic!("{column} by {way}: {error:?}") };
            assert_eq!((found.table, found.all[0].column), ("inputs", Some(column)), "{way}: {error}");
        };
        refused(row(1).validate().map(drop).expect_err(column), "validate");
        refused(row(1).exec($db).await.map(drop).expect_err(column), "insert");
        refused(Input::insert_many([row(1)]).fetch($db).await.map(drop).expect_err(column), "insert_many");
        refused(Input::insert_many((1..200).map(row)).exec($db).await.map(drop).expect_err(column), "arrays");
        refused(Input::insert_many((1..6_000).map(row)).exec($db).await.map(drop).expect_err(column), "COPY");
        refused(
            row(0).on_conflict(Input::primary_key()).update_given().exec($db).await.map(drop).expect_err(column),
            "upsert",
        );
        let upserted = Input::upsert_many([row(0)], Input::primary_key()).update_given().exec($db).await;
        refused(upserted.map(drop).expect_err(column), "upsert_many");
        refused(Input::update(0).$column(Some($value)).exec($db).await.map(drop).expect_err(column), "update");
        let updated = Input::update_many([Input::update(0).$column(Some($value))]).exec($db).await;
        refused(updated.map(drop).expect_err(column), "update_many");
        let updated = Input::update_where(Input::id.eq(0)).$column(Some($value)).exec($db).await;
        refused(updated.map(drop).expect_err(column), "update_where");
    }};
}

/// A condition with the value is refused too, with table and column.
async fn incomparable(db: &Db, column: &str, condition: schemata::query::Condition<Input>) {
    let error = Input::select().filter(condition).count(db).await.expect_err("cannot be sent");
    assert!(matches!(error, Error::Encode { .. }), "{error:?}");
    assert_eq!(
        (error.kind(), error.model_table(), error.column()),
        (ErrorKind::InvalidValue, Some("inputs"), Some(column))
    );
}

#[tokio::test]
async fn what_postgresql_cannot_hold_is_refused_before_it_is_sent() {
    let (_database, db, _client) = database(INPUTS).await;
    Input::insert().id(0).exec(&db).await.expect("inserts");
    let (nul, early) = ("a\0b".to_owned(), NaiveDate::from_ymd_opt(-4713, 11, 23).expect("a date"));
    unwritable!(&db, text, nul.clone());
    unwritable!(&db, texts, vec!["a".to_owned(), nul.clone()]);
    unwritable!(&db, instant, leap().and_utc());
    unwritable!(&db, instants, vec![DateTime::UNIX_EPOCH, leap().and_utc()]);
    unwritable!(&db, local, leap());
    unwritable!(&db, time, leap().time());
    unwritable!(&db, date, early);
    unwritable!(&db, instant, early.and_time(NaiveTime::MIN).and_utc());
    unwritable!(&db, date, NaiveDate::MIN);
    unwritable!(&db, price, Decimal::new(1_005, 3));
    unwritable!(&db, document, json!({ "a": "\0" }));
    unwritable!(&db, document, nested(128));
    unwritable!(&db, documents, vec![json!(1), nested(128)]);
    unwritable!(&db, typed, Json(node(128)));

    incomparable(&db, "text", Input::text.eq(nul.clone())).await;
    incomparable(&db, "text", Input::text.is_in(["a".to_owned(), nul.clone()])).await;
    incomparable(&db, "text", Input::text.contains(&nul)).await;
    incomparable(&db, "texts", Input::texts.overlaps([nul])).await;
    incomparable(&db, "time", Input::time.gt(leap().time())).await;
    incomparable(&db, "instant", Input::instant.is_not_distinct_from(leap().and_utc())).await;
    incomparable(&db, "date", Input::date.lt(NaiveDate::MIN)).await;
    incomparable(&db, "document", Input::document.json_contains(nested(128))).await;
    let by_key = Input::find(&db, 0).await.expect("reads").expect("is there");
    assert_eq!(by_key, Input::get(&db, 0).await.expect("reads"), "nothing was written");
    assert_eq!(Input::select().count(&db).await.expect("counts"), 1);
}

#[tokio::test]
async fn what_is_written_can_be_read_to_the_deepest_level() {
    let (_database, db, _client) = database(INPUTS).await;
    let row = |id| Input::insert().id(id).document(Some(nested(127))).typed(Some(Json(node(127))));
    let row = |id| row(id).documents(Some(vec![nested(126)]));
    Input::insert_many((0..150).map(row)).exec(&db).await.expect("copies");
    let read = Input::get(&db, 7).await.expect("reads");
    assert_eq!((read.document, read.typed), (Some(nested(127)), Some(Json(node(127)))));
    assert_eq!(read.documents, Some(vec![nested(126)]));
}

/// Dropping a document of `serde_json` recurses per level, which takes the stack that this thread has. Writing it stops
/// at the first level too many.
#[tokio::test]
async fn a_hundred_thousand_levels_are_refused_too() {
    let (database, db, _client) = database(INPUTS).await;
    let url = database.url().to_owned();
    let write = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let db = Db::connect(&url).await.expect("connects");
            let deep = Input::insert().id(1).document(Some(nested(100_000))).exec(&db).await;
            deep.map(drop).expect_err("too deep").kind()
        })
    };
    let thread = std::thread::Builder::new().stack_size(512 << 20).spawn(write).expect("starts");
    assert_eq!(thread.join().expect("does not abort"), ErrorKind::Invalid);
    assert_eq!(Input::select().count(&db).await.expect("counts"), 0);
}

#[tokio::test]
async fn what_is_finer_than_a_microsecond_is_cut_towards_the_past() {
    let (_database, db, _client) = database(INPUTS).await;
    let at: DateTime<Utc> = "1999-12-31T23:59:59.000000Z".parse().expect("an instant");
    let finer = at + TimeDelta::nanoseconds(1_999);
    let row = Input::insert().id(1).instant(Some(finer)).exec(&db).await.expect("inserts");
    assert_eq!(row.instant, Some(at + TimeDelta::microseconds(1)));
    let found = Input::select().filter(Input::instant.eq(finer)).count(&db).await.expect("counts");
    assert_eq!(found, 1, "a condition is cut as the row was");
}

/// A float comes back from JSON exactly.
#[tokio::test]
async fn floats_in_documents_keep_their_last_bit() {
    let (_database, db, _client) = database(INPUTS).await;
    let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
    let floats = std::iter::from_fn(|| {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Numbers of all sizes that jsonb, which is exact, writes in a reasonable length.
        let float = f64::from_bits(bits & !(0x7FF << 52) | (0x3A0 + (bits >> 40 & 0xBF)) << 52);
        Some(float)
    });
    let floats: Vec<f64> = floats.take(2_000).collect();
    let row = Input::insert().id(1).document(Some(json!(floats))).exec(&db).await.expect("inserts");
    let read: Vec<f64> = serde_json::from_value(row.document.expect("is there")).expect("numbers");
    assert!(read.iter().zip(&floats).all(|(read, written)| read.to_bits() == written.to_bits()));
}
