//! The type of an expression is an `Option` exactly if PostgreSQL returns NULL for some of its inputs.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use schemata::query::functions::*;
use schemata::query::{Expr, Join, Left, ReadBy, SelectList, now};
use schemata::schema::{ColumnType, Interval};
use schemata::{Db, Executor, TableModel};

use crate::samples::{Owner, Sample, samples};

/// Returns whether the type of what a query lists can be NULL, over samples, and over owners with their samples if there are any.
fn types<L, X, Y, V: ColumnType, W: ColumnType>(_: &L) -> (bool, bool)
where
    L: SelectList<Sample, X, V> + SelectList<Join<Owner, Sample, Left>, Y, W>,
{
    (V::NULLABLE, W::NULLABLE)
}

/// Returns whether the expression is NULL for a sample, and for an owner with or without samples.
async fn values<R, T: ColumnType, I, J>(db: &Db, expr: Expr<R, T>) -> (bool, bool)
where
    R: ReadBy<Sample, I> + ReadBy<Join<Owner, Sample, Left>, J>,
{
    let alone = Sample::select().filter(expr.clone().is_null()).exists(db).await.expect("reads");
    let joined =
        Owner::select().left_join(Sample::OWNER_ID_FKEY).filter(expr.is_null()).exists(db).await.expect("reads");
    (alone, joined)
}

#[tokio::test]
async fn types_say_whether_postgresql_returns_null() {
    let (_database, db) = samples().await;
    // A row with an infinite time, and one with NULL in every column that can be NULL.
    let sql = "INSERT INTO samples SELECT 7, owner_id, word, NULL, small, number, NULL, large, float, NULL, price, NULL, 'infinity',
                      NULL, local, day, NULL, clock, span, NULL, flag, NULL, details FROM samples WHERE id = 1";
    db.execute_sql(sql, &[]).await.expect("inserts");
    macro_rules! exact {
        ($($expr:expr;)+) => {$({
            let expr = $expr;
            let types = types(&expr);
            assert_eq!(types, values(&db, expr).await, "{}", stringify!($expr));
        })+};
    }
    exact! {
        lower(Sample::word);
        lower(Sample::words);
        substring(Sample::word, 1, Sample::numbers);
        replace("text", "t", Sample::words);
        split_part(Sample::word, ",", 9);
        position(Sample::word, "x");
        concat((Sample::words, Sample::numbers));
        concat_ws("-", (Sample::words, Sample::numbers));
        concat_ws(Sample::words, (Sample::word, Sample::number));
        Sample::word.concat(Sample::words);
        Sample::word.concat("x");
        abs(Sample::numbers);
        -Sample::number;
        power(Sample::float, Sample::floats);
        round_to(Sample::price, Sample::number);
        Sample::number * Sample::numbers;
        Sample::numbers.cast::<String>();
        Sample::number.cast::<i64>();
        coalesce(Sample::words, "none");
        coalesce(Sample::words, Sample::word);
        coalesce(Sample::word, Sample::words);
        coalesce(Sample::words, lower(Sample::words));
        nullif(Sample::number, Sample::numbers);
        greatest(Sample::numbers, Sample::number);
        greatest(Sample::number, Sample::numbers);
        greatest(Sample::numbers, 1);
        least(Sample::numbers, Sample::numbers);
        lower(coalesce(Sample::words, Sample::word));
        coalesce(Sample::numbers, 1) + Sample::number;
        now();
        now() + days(Sample::numbers);
        now() + Interval::days(1);
        date_trunc(unit::Month, Sample::at);
        date_trunc(unit::Month, Sample::ats);
        extract(unit::Month, Sample::at);
        extract(unit::Year, Sample::at);
        extract(unit::Epoch, Sample::at);
        extract(unit::Hour, Sample::ats);
        extract(unit::Year, Sample::ats);
        at_time_zone(Sample::at, nullif(Sample::words, Sample::words));
        Sample::day - Sample::days;
        random();
        schemata::sql!(String, "upper({})", Sample::word);
        schemata::sql!(Option<String>, "upper({})", Sample::words);
    }
}

#[tokio::test]
async fn fields_of_infinity_are_null_exactly_where_the_type_says_so() {
    let (_database, db) = samples().await;
    db.execute_sql("UPDATE samples SET at = 'infinity'", &[]).await.expect("updates");
    macro_rules! fields {
        ($($field:ident)+) => {$({
            let expr = extract(unit::$field, Sample::at);
            assert_eq!(types(&expr).0, values(&db, expr).await.0, stringify!($field));
        })+};
    }
    fields! {
        Epoch Julian IsoYear Year Decade Century Millennium Microseconds Milliseconds Second Minute Hour Day DayOfWeek
        IsoDayOfWeek DayOfYear Week Month Quarter
    }
}

#[test]
fn results_have_the_types_of_postgresql() {
    fn is<R, T>(_: Expr<R, T>) -> std::any::TypeId
    where
        T: 'static,
    {
        std::any::TypeId::of::<T>()
    }
    fn id<T: 'static>() -> std::any::TypeId {
        std::any::TypeId::of::<T>()
    }
    assert_eq!(is(length(Sample::words)), id::<Option<i32>>());
    assert_eq!(is(round(Sample::small)), id::<f64>());
    assert_eq!(is(round(Sample::price)), id::<Decimal>());
    assert_eq!(is(Sample::small + Sample::large), id::<i64>());
    assert_eq!(is(Sample::at - Sample::ats), id::<Option<Interval>>());
    assert_eq!(is(Sample::day - Sample::day), id::<i32>());
    assert_eq!(is(Sample::day + Sample::span), id::<NaiveDateTime>());
    assert_eq!(is(Sample::clock - Sample::span), id::<NaiveTime>());
    assert_eq!(is(at_time_zone(Sample::local, "UTC")), id::<DateTime<Utc>>());
    assert_eq!(is(Sample::day + 1), id::<NaiveDate>());
}
