//! Expressions: each function has the value that hand-written SQL has, in a list, a filter, an order, a group and through a left
//! join, and the type that says whether it can be NULL.

mod declared;
mod nulls;
mod samples;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use schemata::prelude::*;
use schemata::query::functions::*;
use schemata::query::{Group, Join, Left, Select, bind, count};
use schemata::schema::Interval;

use samples::{Owner, Sample, by_hand, same, samples};

macro_rules! same {
    ($db:expr; $($expr:expr => $sql:literal;)+) => {$(
        same($db, $expr, $sql).await;
    )+};
}

#[tokio::test]
async fn text() {
    let (_database, db) = samples().await;
    same! { &db;
        lower(Sample::word) => "lower(word)";
        upper(Sample::words) => "upper(words)";
        initcap(Sample::words) => "initcap(words)";
        length(Sample::word) => "length(word)";
        trim(Sample::word) => "trim(word)";
        ltrim(Sample::word) => "ltrim(word)";
        rtrim(Sample::word) => "rtrim(word)";
        trim_chars(Sample::words, "xW") => "trim(both 'xW' from words)";
        ltrim_chars(Sample::words, "xW") => "ltrim(words, 'xW')";
        rtrim_chars(Sample::words, Sample::word) => "rtrim(words, word)";
        replace(Sample::word, ",", Sample::words) => "replace(word, ',', words)";
        substring(Sample::word, 2, Sample::numbers) => "substring(word, 2, numbers)";
        substring_from(Sample::word, 3) => "substring(word, 3)";
        left(Sample::word, Sample::numbers) => "left(word, numbers)";
        right(Sample::word, -1) => "right(word, -1)";
        split_part(Sample::word, ",", 2) => "split_part(word, ',', 2)";
        position(Sample::words, Sample::word) => "position(words in word)";
        repeat(Sample::words, Sample::numbers) => "repeat(words, numbers)";
        reverse(Sample::word) => "reverse(word)";
        lpad(Sample::word, 5, "-+") => "lpad(word, 5, '-+')";
        rpad(Sample::words, 5, "-+") => "rpad(words, 5, '-+')";
        md5(Sample::words) => "md5(words)";
        regexp_replace(Sample::word, "[a-c],", r"\&;", "g") => r"regexp_replace(word, '[a-c],', '\&;', 'g')";
        concat((Sample::word, "/", Sample::words, Sample::number)) => "concat(word, '/', words, number)";
        concat_ws("-", (Sample::word, Sample::words)) => "concat_ws('-', word, words)";
        concat_ws(Sample::words, (Sample::word, Sample::numbers)) => "concat_ws(words, word, numbers)";
        Sample::word.concat("!").concat(Sample::words) => "word || '!' || words";
        Sample::word.concat(upper(Sample::word)) => "word || upper(word)";
    }
}

#[tokio::test]
async fn numbers() {
    let (_database, db) = samples().await;
    same! { &db;
        abs(Sample::number) => "abs(number)";
        abs(Sample::prices) => "abs(prices)";
        -Sample::number => "- number";
        -(-Sample::floats) => "- (- floats)";
        Sample::number - (-Sample::numbers) => "number - (- numbers)";
        round(Sample::float) => "round(float)";
        round(Sample::prices) => "round(prices)";
        round(Sample::number) => "round(number)";
        round_to(Sample::price, 1) => "round(price, 1)";
        round_to(Sample::price, Sample::numbers) => "round(price, numbers)";
        ceil(Sample::price) => "ceil(price)";
        floor(Sample::floats) => "floor(floats)";
        sign(Sample::small) => "sign(small)";
        sqrt(abs(Sample::float)) => "sqrt(abs(float))";
        sqrt(Sample::prices) => "sqrt(prices)";
        power(Sample::float, Sample::numbers) => "power(float, numbers)";
        power(Sample::price, bind(Decimal::TWO)) => "power(price, 2)";
        Sample::number % 5 => "number % 5";
        Sample::price % 5 => "price % 5";
        Sample::float * 2 => "float * 2";
        (Sample::large + Sample::numbers) / 3 => "(large + numbers) / 3";
        Sample::number.cast::<f64>() / Sample::floats => "number::float8 / floats";
        Sample::float.cast::<i64>() => "float::int8";
        Sample::numbers.cast::<String>() => "numbers::text";
        Sample::day.cast::<NaiveDateTime>() => "day::timestamp";
        Sample::flags.cast::<i32>() => "flags::int4";
    }
    let random: Vec<f64> = Sample::select().order_by(random().asc()).columns(random()).fetch(&db).await.expect("reads");
    assert!(random.iter().all(|number| (0.0..1.0).contains(number)) && random.windows(2).any(|two| two[0] < two[1]));
}

#[tokio::test]
async fn json_null_is_cast_to_null() {
    let (_database, db) = samples().await;
    let read = |document: serde_json::Value| Sample::select().limit(1).columns(bind(document).cast::<Option<i32>>());
    assert_eq!(read(5.into()).fetch_one(&db).await.expect("reads"), Some(5));
    let null = read(serde_json::Value::Null).fetch_one(&db).await;
    let (version,): (i32,) =
        db.query_as("SELECT current_setting('server_version_num')::int", &[]).fetch_one().await.expect("reads");
    assert_eq!(null.ok(), (version >= 180_000).then_some(None), "before PostgreSQL 18, it cannot be cast");
    let text: String =
        Sample::select().limit(1).columns(Sample::details.cast::<String>()).fetch_one(&db).await.expect("reads");
    assert_eq!(text, "{\"n\": 1}");
}

#[tokio::test]
async fn one_of_several_values() {
    let (_database, db) = samples().await;
    same! { &db;
        coalesce(Sample::words, "none") => "coalesce(words, 'none')";
        coalesce(Sample::words, upper(Sample::words)) => "coalesce(words, upper(words))";
        coalesce(Sample::numbers, Sample::number) + 1 => "coalesce(numbers, number) + 1";
        coalesce(Sample::numbers, coalesce(Sample::numbers * 2, 0)) => "coalesce(numbers, numbers * 2, 0)";
        nullif(Sample::number, 7) => "nullif(number, 7)";
        nullif(Sample::words, Sample::word) => "nullif(words, word)";
        greatest(Sample::numbers, Sample::number) => "greatest(numbers, number)";
        greatest(Sample::numbers, nullif(Sample::number, 7)) => "greatest(numbers, nullif(number, 7))";
        least(least(Sample::floats, Sample::float), 2.0) => "least(floats, float, 2.0)";
        least(Sample::days, Sample::day) => "least(days, day)";
    }
}

#[tokio::test]
async fn dates_and_times() {
    let (_database, db) = samples().await;
    same! { &db;
        date_trunc(unit::Month, Sample::ats) => "date_trunc('month', ats)";
        date_trunc(unit::Quarter, Sample::local) => "date_trunc('quarter', local)";
        date_trunc(unit::Hour, Sample::at) => "date_trunc('hour', at)";
        date_trunc_in(unit::Day, Sample::at, "Pacific/Auckland") => "date_trunc('day', at, 'Pacific/Auckland')";
        extract(unit::Year, Sample::ats) => "extract(year from ats)::float8";
        extract(unit::Month, Sample::day) => "extract(month from day)::float8";
        extract(unit::Second, Sample::at) => "extract(second from at)::float8";
        extract(unit::IsoDayOfWeek, Sample::days) => "extract(isodow from days)::float8";
        extract(unit::Minute, Sample::clock) => "extract(minute from clock)::float8";
        extract(unit::Epoch, Sample::at - Sample::ats) => "extract(epoch from at - ats)::float8";
        extract(unit::Day, Sample::span) => "extract(day from span)::float8";
        age(Sample::at, Sample::ats) => "age(at, ats)";
        at_time_zone(Sample::at, "Asia/Kathmandu") => "at at time zone 'Asia/Kathmandu'";
        at_time_zone(Sample::local, "Europe/Vienna") => "local at time zone 'Europe/Vienna'";
        Sample::at + days(Sample::numbers) => "at + make_interval(days => numbers)";
        Sample::at - Interval::hours(36) => "at - interval '36 hours'";
        Sample::at - (hours(3) + minutes(Sample::number)) => "at - (interval '3 hours' + make_interval(mins => number))";
        Sample::local + years(1) - months(2) => "local + interval '1 year' - interval '2 months'";
        Sample::local - Sample::local => "local - local";
        Sample::day + 3 => "day + 3";
        Sample::day - Sample::numbers => "day - numbers";
        Sample::day - Sample::days => "day - days";
        Sample::day + weeks(2) => "day + interval '2 weeks'";
        Sample::day + Sample::clock => "day + clock";
        Sample::clock + seconds(1.5) => "clock + interval '1.5 seconds'";
        Sample::clock - Sample::clock => "clock - clock";
        interval("1 month -2 days 00:00:01.5") => "interval '1 month -2 days 00:00:01.5'";
        Sample::spans * 1.5 => "spans * 1.5";
        -Sample::span / 2 => "- span / 2";
        bind(2) * Sample::number => "2 * number";
        2 * Sample::number => "2 * number";
        100 - Sample::numbers => "100 - numbers";
        1 + 2 * Sample::large => "1 + 2 * large";
        7 / (Sample::large + 1) => "7 / (large + 1)";
        2 * Sample::float => "2 * float";
        0.5 * Sample::floats => "0.5 * floats";
        10 - Sample::price => "10 - price";
        Decimal::TWO * Sample::prices => "2.0 * prices";
    }
    let span = Interval { months: -1, days: 2, microseconds: 3 };
    let read = Sample::select().limit(1).columns((bind(span), now(), current_date(), clock_timestamp()));
    let (back, start, today, time): (Interval, DateTime<Utc>, NaiveDate, DateTime<Utc>) =
        read.fetch_one(&db).await.expect("reads");
    assert_eq!(back, span);
    assert!(start <= time && (today - start.date_naive()).num_days().abs() <= 1);
    let recent = Sample::select().filter(Sample::at.gt(now() - Interval::days(1))).count(&db).await;
    assert_eq!(recent.expect("counts"), 0);
}

#[tokio::test]
async fn a_case_is_listed_filtered_grouped_sorted_and_summed() {
    const SQL: &str = "CASE WHEN numbers > 4 THEN 'many' WHEN numbers IS NULL THEN words ELSE 'few' END";
    let (_database, db) = samples().await;
    let size =
        case().when(Sample::numbers.gt(4), "many").when(Sample::numbers.is_null(), Sample::words).otherwise("few");
    let listed: Vec<Option<String>> =
        Sample::select().order_by(Sample::id.asc()).columns(size.clone()).fetch(&db).await.expect("reads");
    assert_eq!(listed, by_hand(&db, format!("SELECT {SQL} FROM samples ORDER BY id")).await);
    assert_eq!(Sample::select().filter(size.clone().eq("many")).count(&db).await.expect("counts"), 3);
    let groups: Select<Group<Sample>, (Option<String>, i64)> = Sample::select()
        .group_by(size.clone())
        .aggregate(count())
        .order_by((count().desc(), size.clone().lift().asc()));
    let by_size = groups.fetch(&db).await.expect("reads");
    let sql = format!("SELECT count(*) FROM samples GROUP BY {SQL} ORDER BY 1 DESC, {SQL}");
    assert_eq!(by_size.into_iter().map(|(_, rows)| rows).collect::<Vec<_>>(), by_hand::<i64>(&db, sql).await);

    let flagged = case().when(Sample::flag, Sample::number).otherwise(0);
    let sum: Option<i64> = Sample::select().aggregate(flagged.sum()).fetch_one(&db).await.expect("reads");
    assert_eq!(vec![sum], by_hand(&db, "SELECT sum(CASE WHEN flag THEN number ELSE 0 END) FROM samples".into()).await);

    let plain: Vec<String> = Sample::select()
        .order_by(case().when(Sample::word.eq(""), 0).otherwise(Sample::number).desc())
        .columns(case().when(not(Sample::flags), "no").otherwise("other"))
        .fetch(&db)
        .await
        .expect("reads");
    let sql = "SELECT CASE WHEN NOT flags THEN 'no' ELSE 'other' END FROM samples
               ORDER BY CASE word WHEN '' THEN 0 ELSE number END DESC";
    assert_eq!(plain.len(), by_hand::<String>(&db, sql.into()).await.len());

    let joined: Vec<(i32, Option<i32>, Option<String>)> = Owner::select()
        .left_join(Sample::OWNER_ID_FKEY)
        .order_by((Owner::owner.asc(), Sample::id.asc()))
        .columns((
            Owner::owner,
            case().when(Owner::title.eq("idle"), Owner::owner).end(),
            case().when(Sample::flag, Sample::word).otherwise(Owner::title),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(joined[6], (3, Some(3), Some("idle".into())));
    let of_groups: Vec<(bool, String)> = Sample::select()
        .group_by(Sample::flag)
        .aggregate(case().when(count().gt(10), "many").otherwise("few"))
        .order_by(Sample::flag.asc())
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(of_groups, [(false, "few".into()), (true, "few".into())]);
}

#[tokio::test]
async fn an_expression_is_lifted_into_one_more_join() {
    let (_database, db) = samples().await;
    let idle = Owner::title.eq("idle").into_expr();
    let rows: Vec<(i32, Option<bool>)> = Owner::select()
        .filter(Owner::title.eq("idle"))
        .left_join(Sample::OWNER_ID_FKEY)
        .columns((Owner::owner, idle.lift()))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(rows, [(3, Some(true))]);
}

#[tokio::test]
async fn conditions_with_and_without_null() {
    let (_database, db) = samples().await;
    let conditions: [(Condition<Sample>, &str); 12] = [
        (Sample::number.not_between(0, 7), "number NOT BETWEEN 0 AND 7"),
        (Sample::numbers.not_between(2, Sample::number), "numbers NOT BETWEEN 2 AND number"),
        (!Sample::numbers.not_between(2, 9), "NOT numbers NOT BETWEEN 2 AND 9"),
        (Sample::flags.is_true(), "flags IS TRUE"),
        (Sample::flags.is_not_true(), "flags IS NOT TRUE"),
        (Sample::flags.is_false(), "flags IS FALSE"),
        (Sample::flags.is_not_false(), "flags IS NOT FALSE"),
        (Sample::flags.is_unknown(), "flags IS UNKNOWN"),
        (Sample::numbers.gt(3).into_expr().is_not_unknown(), "(numbers > 3) IS NOT UNKNOWN"),
        (not(Sample::flags), "NOT flags"),
        (not(Sample::flag.is_null().or(Sample::number.eq(7))), "NOT (flag IS NULL OR number = 7)"),
        (lower(Sample::words).like(concat(("%", Sample::number, "%"))), "lower(words) LIKE concat('%', number, '%')"),
    ];
    for (condition, sql) in conditions {
        let found = Sample::select().filter(condition).order_by(Sample::id.asc()).columns(Sample::id).fetch(&db).await;
        let expected = by_hand::<i32>(&db, format!("SELECT id FROM samples WHERE {sql} ORDER BY id")).await;
        assert_eq!(found.expect("reads"), expected, "{sql}");
    }
    let wide: Select<Join<Owner, Sample, Left>, _> =
        Owner::select().left_join(Sample::OWNER_ID_FKEY).filter(Sample::flag.is_not_true());
    assert_eq!(wide.count(&db).await.expect("counts"), 4);
}
