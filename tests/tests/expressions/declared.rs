//! Functions that a program declares, and fragments of SQL.

use schemata::prelude::*;
use schemata::query::{Inner, Join, Select, bind, count, exists, lower};
use schemata::{sql, sql_fn};

use crate::samples::{Owner, Sample, by_hand, same, samples};

sql_fn! {
    /// Built in.
    fn ascii(text: String) -> i32;

    /// NULL for an empty text.
    #[sql(schema = "Odd schema", name = "or \"NULL\"")]
    fn or_null(text: String, times: i32) -> Option<String>;

    /// Handles NULL itself.
    #[sql(name = "num_nulls_of", called_on_null_input)]
    fn nulls(text: String, number: i32) -> i32;

    fn answer() -> i64;

    /// The standard deviation.
    aggregate fn stddev_samp(number: f64) -> Option<f64>;

    #[sql(schema = "Odd schema")]
    aggregate fn joined(text: String, separator: String) -> Option<String>;
}

const FUNCTIONS: &str = r#"
    CREATE SCHEMA "Odd schema";
    CREATE FUNCTION "Odd schema"."or ""NULL"""(text text, times int) RETURNS text LANGUAGE sql
        AS $$ SELECT repeat(nullif(text, ''), times) $$;
    CREATE FUNCTION num_nulls_of(a text, b int) RETURNS int LANGUAGE sql AS $$ SELECT num_nulls(a, b) $$;
    CREATE FUNCTION answer() RETURNS bigint LANGUAGE sql AS $$ SELECT 42::bigint $$;
    CREATE AGGREGATE "Odd schema".joined(text, text) (SFUNC = string_agg_transfn, STYPE = internal, FINALFUNC = string_agg_finalfn);
"#;

async fn declared(db: &Db) {
    for statement in FUNCTIONS.split(";\n").filter(|statement| !statement.trim().is_empty()) {
        db.execute_sql(schemata::RawSql::trusted(statement.to_owned()), &[]).await.expect(statement);
    }
}

#[tokio::test]
async fn declared_functions_are_called_by_their_names() {
    let (_database, db) = samples().await;
    declared(&db).await;
    same(&db, ascii(Sample::word), "ascii(word)").await;
    same(&db, ascii(lower(Sample::words)), "ascii(lower(words))").await;
    same(&db, or_null(Sample::word, 2), r#""Odd schema"."or ""NULL"""(word, 2)"#).await;
    same(&db, nulls(Sample::words, Sample::numbers), "num_nulls(words, numbers)").await;
    same(&db, answer() + Sample::number, "42::int8 + number").await;
    let found = Sample::select().filter(ascii(Sample::word).eq(ascii("Z"))).count(&db).await;
    assert_eq!(found.expect("counts"), 1);
}

#[tokio::test]
async fn declared_aggregates_are_aggregates() {
    let (_database, db) = samples().await;
    declared(&db).await;
    let spread: (Option<f64>, Option<f64>) = Sample::select()
        .aggregate((stddev_samp(Sample::floats), stddev_samp(Sample::float).filter(Sample::flag.is_false())))
        .fetch_one(&db)
        .await
        .expect("reads");
    assert_eq!(vec![spread.0], by_hand(&db, "SELECT stddev_samp(floats) FROM samples".into()).await);
    let sql = "SELECT stddev_samp(float) FILTER (WHERE NOT flag) FROM samples";
    assert_eq!(vec![spread.1], by_hand(&db, sql.into()).await);
    let words: Vec<(i32, Option<String>)> = Sample::select()
        .group_by(Sample::owner_id)
        .aggregate(joined(Sample::words, "+").order_by(Sample::id.desc()))
        .having(joined(Sample::words, "+").is_not_null())
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(words, [(2, Some("xyxa+a,B+Words".into()))]);
}

#[tokio::test]
async fn fragments_go_wherever_an_expression_goes() {
    let (_database, db) = samples().await;
    same(&db, sql!(i32, "{} + {} * 2", Sample::number, bind(3)) * 10, "(number + 3 * 2) * 10").await;
    same(
        &db,
        sql!(Option<String>, "CASE WHEN {} > 1 THEN '{{}}' || {} END", Sample::number, Sample::words),
        "CASE WHEN number > 1 THEN '{}' || words END",
    )
    .await;
    same(&db, sql!(i32, "{} + 1 -- a comment", Sample::id), "id + 1").await;
}

#[tokio::test]
async fn a_sub_select_in_a_fragment_does_not_capture_columns() {
    let (_database, db) = samples().await;
    // `number` is also a column of the inner table, which would be read if the hole were not qualified.
    let smaller = || sql!(i64, "(SELECT count(*) FROM samples AS i WHERE i.number < {})", Sample::number);
    let sql = "SELECT (SELECT count(*) FROM samples i WHERE i.number < o.number) FROM samples o ORDER BY id";
    let listed: Vec<i64> =
        Sample::select().order_by(Sample::id.asc()).columns(smaller()).fetch(&db).await.expect("reads");
    assert_eq!(listed, by_hand::<i64>(&db, sql.into()).await);
    let joined: Select<Join<Sample, Owner, Inner>, i64> = Sample::select()
        .join(Sample::OWNER_ID_FKEY)
        .filter(smaller().gt(0).and(sql!(bool, "{} = {}", Owner::owner, Sample::owner_id).eq(true)))
        .order_by(Sample::id.asc())
        .columns(smaller());
    let above: Vec<i64> = listed.iter().copied().filter(|count| *count > 0).collect();
    assert_eq!(joined.fetch(&db).await.expect("reads"), above);
    let owners = Owner::select()
        .filter(exists(Sample::select().correlated().filter(Sample::owner_id.eq(Owner::owner).and(smaller().gt(4)))));
    assert_eq!(owners.count(&db).await.expect("counts"), 1);
    let by_rank: Vec<(i64, i64)> =
        Sample::select().group_by(smaller()).aggregate(count()).fetch(&db).await.expect("reads");
    assert_eq!(by_rank.iter().map(|(_, rows)| rows).sum::<i64>(), 6);
    let updated = Sample::update_where(smaller().eq(0).or(sql!(bool, "{} = 'Zz'", Sample::word).is_true()));
    assert_eq!(updated.small(0).exec(&db).await.expect("updates"), 2);
}

#[tokio::test]
async fn a_wrong_promise_is_an_error() {
    let (_database, db) = samples().await;
    let null = Sample::select().columns(sql!(String, "{}", Sample::words)).fetch(&db).await;
    assert_eq!(null.expect_err("NULL is no String").to_string(), "column words of a row cannot be read");
    assert!(Sample::select().columns(sql!(i64, "{}", Sample::word)).fetch(&db).await.is_err());
}
