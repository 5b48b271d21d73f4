//! Operators of ranges in queries, compared with what Rust says of the same ranges.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::pg::Range;
use schemata::prelude::*;
use schemata::query::Condition;
use schemata_tests::{fresh_database, shop};

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "bookings")]
struct Booking {
    #[column(primary_key)]
    id: i32,
    days: Range<i32>,
    other: Option<Range<i32>>,
}

async fn make(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Booking]).await
}

#[tokio::test]
async fn ranges_are_compared_as_sets() {
    let database = fresh_database().await;
    let entry = shop::entry("0001", |m| Box::pin(make(m)));
    Migrator::new(shop::set(&[entry])).run(database.url()).await.expect("applies");
    let db = Db::connect(database.url()).await.expect("connects");
    let days = [Range::from(1..4), Range::from(4..6), Range::from(3..9), Range::empty(), Range::from(8..)];
    for (id, days) in (0..).zip(days) {
        Booking::insert().id(id).days(days).other(Range::from(2..5)).exec(&db).await.expect("inserts");
    }
    let ids = async |condition: Condition<Booking>| {
        let found = Booking::select().filter(condition).order_by(Booking::id.asc()).columns(Booking::id);
        found.fetch(&db).await.expect("reads")
    };
    assert_eq!(ids(Booking::days.contains_value(3)).await, [0, 2]);
    assert_eq!(ids(Booking::days.contains_value(Booking::id)).await, Vec::<i32>::new());
    assert_eq!(ids(Booking::days.contains_range(Range::from(4..5))).await, [1, 2]);
    assert_eq!(ids(Booking::days.within_range(Range::from(1..6))).await, [0, 1, 3]);
    assert_eq!(ids(Booking::days.overlaps_range(Booking::other)).await, [0, 1, 2]);
    assert_eq!(ids(Booking::days.adjacent_to(Range::from(6..8))).await, [1, 4]);
    assert_eq!(ids(Booking::days.ends_before(Range::from(4..5))).await, [0]);
    assert_eq!(ids(Booking::days.begins_after(Range::from(1..4))).await, [1, 4]);
    assert_eq!(ids(Booking::days.ends_within(Range::from(1..6))).await, [0, 1]);
    assert_eq!(ids(Booking::days.begins_within(Range::from(4..5))).await, [1, 4]);
    assert_eq!(ids(Booking::days.is_empty_range()).await, [3]);
    assert_eq!(ids(Booking::days.lower_bound().eq(3)).await, [2]);
    assert_eq!(ids(Booking::days.upper_bound().is_null()).await, [3, 4]);
    let list = (Booking::days.intersect_range(Booking::other), Booking::days.union_range(Range::from(0..9)));
    let first = Booking::select().filter(Booking::id.eq(0)).columns(list).fetch_one(&db).await.expect("reads");
    assert_eq!(first, (Some(Range::from(2..4)), Some(Range::from(0..9))));
    let rest = Booking::select().filter(Booking::id.eq(1)).columns(Booking::days.minus_range(Range::from(..5)));
    assert_eq!(rest.fetch_one(&db).await.expect("reads"), Some(Range::from(5..6)));
}
