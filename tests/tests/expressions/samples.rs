//! Rows of every type with and without NULL, and the comparison of an expression with hand-written SQL over them.

use std::fmt::Debug;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, MigrationSet, Migrator};
use schemata::prelude::*;
use schemata::query::{Expr, Group, Join, Left, Lifted, ListedBy, ReadBy, SelectList, count};
use schemata::schema::{ColumnType, Interval};
use schemata::testing::TestDatabase;
use schemata::{RawSql, tables};

/// An owner of samples; the last one has none.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "owners")]
pub struct Owner {
    #[column(primary_key)]
    pub owner: i32,
    pub title: String,
}

/// A column of each type, twice: without and with NULL.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "samples")]
pub struct Sample {
    #[column(primary_key)]
    pub id: i32,
    #[column(references = Owner::owner)]
    pub owner_id: i32,
    pub word: String,
    pub words: Option<String>,
    pub small: i16,
    pub number: i32,
    pub numbers: Option<i32>,
    pub large: i64,
    pub float: f64,
    pub floats: Option<f64>,
    pub price: Decimal,
    pub prices: Option<Decimal>,
    pub at: DateTime<Utc>,
    pub ats: Option<DateTime<Utc>>,
    #[column(sql_type = "timestamp")]
    pub local: NaiveDateTime,
    pub day: NaiveDate,
    pub days: Option<NaiveDate>,
    pub clock: NaiveTime,
    pub span: Interval,
    pub spans: Option<Interval>,
    pub flag: bool,
    pub flags: Option<bool>,
    pub details: serde_json::Value,
}

/// The first row has a value in every column, the second NULL wherever it can be; the others have some of each.
const ROWS: &str = "INSERT INTO samples
    SELECT n, 1 + n % 2,
           (ARRAY['Ünïcode text', '  padded ', 'a,b,c', '', 'a,b,c', 'Zz'])[n], CASE WHEN n & 1 = 1 THEN (ARRAY['Words', 'x', 'a,B', 'x', 'xyxa', ''])[n] END,
           (n - 2)::smallint, (ARRAY[7, -3, 0, 12, 7, 1])[n], CASE WHEN n & 3 <> 2 THEN (ARRAY[2, 1, 5, 12, 9, 1])[n] END,
           n * 10000000000, (ARRAY[2.5, -1.5, 0, 1e10, 0.1, 4])[n], CASE WHEN n % 3 <> 2 THEN n / 4.0 END,
           (ARRAY[12.345, -12.345, 0, 99.995, 1, 16])[n], CASE WHEN n <> 2 AND n <> 5 THEN n * 1.5 END,
           '2024-02-28 23:30:15.123456+00'::timestamptz + n * interval '17 days 5 hours', CASE WHEN n <> 2 THEN '2020-12-31 12:00:00+00'::timestamptz + n * interval '1 month' END,
           '2024-03-31 02:30:00'::timestamp + n * interval '100 days', '2024-02-27'::date + n, CASE WHEN n % 4 <> 2 THEN '2023-12-30'::date + n END,
           '13:14:15.5'::time + n * interval '1 hour', n * interval '1 month 2 days 3.5 seconds', CASE WHEN n <> 2 THEN n * interval '-36 hours' END,
           n % 2 = 0, CASE n % 3 WHEN 0 THEN true WHEN 1 THEN false END,
           '{\"n\": 1}'
    FROM generate_series(1, 6) AS n";

async fn all(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Owner, Sample]).await
}

pub async fn samples() -> (TestDatabase, Db) {
    let database = schemata_tests::fresh_database().await;
    let entry = MigrationEntry::new("samples", "0001", |m| Box::pin(all(m)), file!(), line!());
    Migrator::new(MigrationSet::new([entry]).expect("one migration"))
        .run(database.url())
        .await
        .expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    for (owner, title) in [(1, "one"), (2, "two"), (3, "idle")] {
        Owner::insert().owner(owner).title(title).exec(&db).await.expect("inserts");
    }
    db.execute_sql(ROWS, &[]).await.expect("inserts");
    (database, db)
}

/// Returns what hand-written SQL returns.
pub async fn by_hand<V: ColumnType>(db: &Db, sql: String) -> Vec<V> {
    let rows = db.query_as::<(V,)>(RawSql::trusted(sql.clone()), &[]).fetch().await;
    rows.unwrap_or_else(|error| panic!("{sql}: {error:?}")).into_iter().map(|(value,)| value).collect()
}

/// Fails unless the expression has the values of the SQL in a list, a filter, an order, a group, and through a left join.
pub async fn same<R, T, I, J, X, Y, V, W, G, L, H>(db: &Db, expr: Expr<R, T>, sql: &str)
where
    R: ReadBy<Sample, I> + ReadBy<Join<Owner, Sample, Left>, J> + ListedBy<Sample, L>,
    T: ColumnType,
    V: ColumnType + PartialEq + Debug + Clone + schemata::schema::IntoValue<Option<T::Inner>>,
    W: ColumnType + PartialEq + Debug,
    Expr<R, T>: SelectList<Sample, X, V> + SelectList<Join<Owner, Sample, Left>, Y, W>,
    Lifted<R>: ReadBy<Group<Sample>, G> + ListedBy<Group<Sample>, H>,
{
    let fails = |error: schemata::Error| -> ! { panic!("{sql}: {error:?}") };
    let listed = Sample::select().order_by(Sample::id.asc()).columns(expr.clone()).fetch(db).await;
    let listed = listed.unwrap_or_else(|error| fails(error));
    assert_eq!(listed, by_hand::<V>(db, format!("SELECT {sql} FROM samples ORDER BY id")).await, "list: {sql}");
    for value in &listed[..2] {
        let kept = Sample::select().filter(expr.clone().is_not_distinct_from(value.clone())).count(db).await;
        let expected = listed.iter().filter(|other| *other == value).count();
        assert_eq!(kept.unwrap_or_else(|error| fails(error)), i64::try_from(expected).expect("few"), "filter: {sql}");
    }
    let sorted = Sample::select().order_by((expr.clone().desc(), Sample::id.asc())).columns(Sample::id).fetch(db).await;
    let sorted_by_hand = by_hand::<i32>(db, format!("SELECT id FROM samples ORDER BY {sql} DESC, id")).await;
    assert_eq!(sorted.unwrap_or_else(|error| fails(error)), sorted_by_hand, "order: {sql}");
    let groups =
        Sample::select().group_by(expr.clone()).aggregate(count()).order_by(expr.clone().lift().asc()).fetch(db);
    let groups: Vec<i64> =
        groups.await.unwrap_or_else(|error| fails(error)).into_iter().map(|(_, rows)| rows).collect();
    let grouped_by_hand =
        by_hand::<i64>(db, format!("SELECT count(*) FROM samples GROUP BY {sql} ORDER BY {sql}")).await;
    assert_eq!(groups, grouped_by_hand, "group: {sql}");
    let joined = Owner::select().left_join(Sample::OWNER_ID_FKEY).order_by((Owner::owner.asc(), Sample::id.asc()));
    let joined = joined.columns(expr).fetch(db).await.unwrap_or_else(|error| fails(error));
    let sql = format!("SELECT {sql} FROM owners LEFT JOIN samples ON owner_id = owner ORDER BY owner, id");
    assert_eq!(joined, by_hand::<W>(db, sql.clone()).await, "left join: {sql}");
}
