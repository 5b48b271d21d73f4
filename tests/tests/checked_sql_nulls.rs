//! Which columns the check takes for never NULL. Each function of `sure` passes; each of `unsure` is reported, and the data of the
//! last test show that it has to be.
#![allow(dead_code, reason = "the check needs the functions, not their rows")]

use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::testing::{TestError, check_queries};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{entry, set};
use schemata_tests::stall::{Customer, Order};

async fn tables(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(schemata::tables![Customer, Order]).await?;
    m.execute("CREATE VIEW emails AS SELECT email FROM customers").await?;
    m.execute("CREATE TABLE parents (a bigint NOT NULL); CREATE TABLE children (b bigint) INHERITS (parents)").await?;
    m.execute("CREATE TABLE parts (a bigint NOT NULL) PARTITION BY RANGE (a)").await?;
    Ok(())
}

fn migrator() -> Migrator {
    Migrator::new(set(&[entry("0001_nulls", |m| Box::pin(tables(m)))]))
}

mod sure {
    use super::*;
    schemata::query! {
        pub fn plain() -> Vec<(i64, String)> = "SELECT {o.id}, number FROM {Order as o}";
        pub fn of_a_sub_select() -> Vec<i64> = "SELECT x.id FROM (SELECT {Order::id} FROM {Order}) AS x";
        pub fn of_a_common_table() -> Vec<i64> = "WITH x AS (SELECT {Order::id} FROM {Order}) SELECT id FROM x";
        pub fn kept_side() -> Vec<(i64, Option<i64>)> =
            "SELECT {c.id}, {o.id} FROM {Customer as c} LEFT JOIN {Order as o} ON {o.customer_id} = {c.id}";
        pub fn kept_side_of_right() -> Vec<(Option<i64>, i64)> =
            "SELECT {o.id}, {c.id} FROM {Order as o} RIGHT JOIN {Customer as c} ON {o.customer_id} = {c.id}";
        pub fn both_sides_of_a_self_join() -> Vec<(i64, Option<i64>)> =
            "SELECT {a.id}, {b.id} FROM {Customer as a} LEFT JOIN {Customer as b} ON {b.invited_by} = {a.id}";
        pub fn other_side_first() -> Vec<(Option<i64>, i64)> =
            "SELECT {b.id}, {a.id} FROM {Customer as a} LEFT JOIN {Customer as b} ON {b.invited_by} = {a.id}";
        pub fn named_without_as() -> Vec<String> =
            "SELECT CASE WHEN {Customer::id} = 1 THEN 'one' ELSE 'other' END which FROM {Customer}";
        pub fn beside_an_outer_join() -> Vec<(i64, String)> =
            "SELECT {o.id}, {c.email} FROM {Order as o} JOIN {Customer as c} ON {c.id} = {o.customer_id}
             LEFT JOIN LATERAL (SELECT {x.id} FROM {Order as x} WHERE {x.customer_id} = {c.id} LIMIT 1) y ON true";
        pub fn expressions(least: i64, name: &str) -> Vec<(i64, String, bool, Decimal, Vec<i64>)> =
            "SELECT {o.id} + {least}, lower({o.number}) || {name}, {o.total} > 1 AND {o.placed_at} < now(),
                    coalesce((SELECT sum({x.total}) FROM {Order as x}), 0), ARRAY(SELECT {y.id} FROM {Order as y})
             FROM {Order as o}";
        pub fn groups() -> Vec<(i64, i64, Decimal, Vec<String>)> =
            "SELECT {Order::customer_id}, count(*), max({Order::total}), array_agg({Order::number} ORDER BY {Order::id})
             FROM {Order} GROUP BY 1";
        pub fn returned() -> Vec<i64> = "DELETE FROM {Order} USING {Customer as c} WHERE {Order::customer_id} = {c.id} RETURNING {Order::id}";
        pub fn said_by_the_author() -> Vec<String> =
            "SELECT {Customer::phone} AS \"phone!\" FROM {Customer} WHERE {Customer::phone} IS NOT NULL ORDER BY phone";
        pub fn of_a_partitioned_table() -> Vec<i64> = "SELECT a FROM public.parts";
        pub fn cased() -> Vec<String> =
            "SELECT CASE WHEN {Customer::phone} IS NULL THEN 'none' ELSE {Customer::email} END FROM {Customer}";
    }
}

mod unsure {
    use super::*;
    schemata::query! {
        pub fn nullable() -> Vec<String> = "SELECT {Customer::phone} FROM {Customer}";
        pub fn of_a_view() -> Vec<String> = "SELECT email FROM public.emails";
        pub fn of_a_parent() -> Vec<i64> = "SELECT a FROM public.parents";
        pub fn missing_side() -> Vec<i64> =
            "SELECT {o.id} FROM {Customer as c} LEFT JOIN {Order as o} ON {o.customer_id} = {c.id}";
        pub fn not_qualified() -> Vec<String> =
            "SELECT number FROM {Customer as c} LEFT JOIN {Order as o} ON {o.customer_id} = {c.id}";
        pub fn renamed() -> Vec<i64> =
            "SELECT z.id FROM (SELECT {o.id} FROM {Customer as c} LEFT JOIN {Order as o} ON {o.customer_id} = {c.id}) AS z";
        pub fn sub_select() -> Vec<i64> =
            "SELECT z.id FROM {Customer as c} LEFT JOIN (SELECT {Order::id} FROM {Order}) AS z ON z.id = {c.id}";
        pub fn common_table() -> Vec<i64> =
            "WITH z AS (SELECT {Order::id} FROM {Order}) SELECT z.id FROM {Customer as c} LEFT JOIN z ON z.id = {c.id}";
        pub fn shadowed() -> Vec<i64> =
            "WITH orders AS (SELECT {o.id} FROM {Customer as c} LEFT JOIN {Order as o} ON {o.customer_id} = {c.id})
             SELECT orders.id FROM orders";
        pub fn nested_joins() -> Vec<i64> =
            "SELECT {o.id} FROM {Customer as c} LEFT JOIN ({Order as o} JOIN {Customer as d} ON true) ON {o.customer_id} = {c.id}";
        pub fn full() -> Vec<(i64, i64)> =
            "SELECT {o.id}, {c.id} FROM {Order as o} FULL JOIN {Customer as c} ON {o.customer_id} = {c.id}";
        pub fn lateral() -> Vec<i64> =
            "SELECT y.id FROM {Customer as c} LEFT JOIN LATERAL (
                 SELECT {o.id} FROM {Order as o} WHERE {o.customer_id} = {c.id} LIMIT 1
             ) AS y ON true";
        pub fn scalar_sub_select() -> Vec<i64> =
            "SELECT (SELECT {o.id} FROM {Order as o} WHERE {o.customer_id} = {c.id} LIMIT 1) FROM {Customer as c}";
        pub fn rolled_up() -> Vec<(i64, i64)> =
            "SELECT {Order::customer_id}, count(*) FROM {Order} GROUP BY ROLLUP ({Order::customer_id})";
        pub fn either() -> Vec<String> = "SELECT {Customer::email} FROM {Customer} UNION SELECT {Customer::phone} FROM {Customer}";
        pub fn sum_of_nothing() -> Decimal = "SELECT sum({Order::total}) FROM {Order}";
        pub fn filtered() -> Vec<Decimal> = "SELECT sum({Order::total}) FILTER (WHERE false) FROM {Order} GROUP BY {Order::id}";
        pub fn optional(value: Option<i64>) -> i64 = "SELECT {value}::bigint";
        pub fn starred() -> Vec<(Option<i64>, i64)> = "SELECT z.*, 1::bigint AS n FROM (SELECT NULL::bigint AS a) AS z";
        pub fn cased() -> Vec<String> = "SELECT CASE WHEN {Customer::id} = 1 THEN 'one' END FROM {Customer}";
        pub fn joined_expression() -> Vec<String> =
            "SELECT lower({o.number}) FROM {Customer as c} LEFT JOIN {Order as o} ON {o.customer_id} = {c.id}";
    }
}

#[tokio::test]
async fn the_check_tells_the_sure_from_the_unsure() {
    let Err(TestError::Queries(wrong)) = check_queries(&migrator()).await else { panic!("the unsure are wrong") };
    let text = wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let reported: Vec<&str> = wrong.iter().map(|query| query.name).collect();
    let expected = [
        "nullable",
        "of_a_view",
        "of_a_parent",
        "missing_side",
        "not_qualified",
        "renamed",
        "sub_select",
        "common_table",
        "shadowed",
        "nested_joins",
        "full",
        "lateral",
        "scalar_sub_select",
        "rolled_up",
        "either",
        "sum_of_nothing",
        "filtered",
        "optional",
        "starred",
        "cased",
        "joined_expression",
    ];
    assert_eq!(reported, expected, "{text}");
    assert!(wrong.iter().all(|query| query.problems.iter().all(|problem| problem.contains("can be NULL"))), "{text}");
}

/// Rows that show the NULLs: `starred` alone is refused for caution, since its columns cannot be told apart.
#[tokio::test]
async fn what_is_unsure_is_null_with_the_right_rows() {
    let database = fresh_database().await;
    migrator().run(database.url()).await.expect("applies");
    let db = schemata::Db::connect(database.url()).await.expect("connects");
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "INSERT INTO customers (id, email) VALUES (1, 'ada'), (2, 'bob');
             INSERT INTO orders (id, customer_id, number, total) VALUES (7, 1, 'A', 1)",
        )
        .await
        .expect("inserts");
    macro_rules! fails {
        ($($name:ident($($value:expr)?)),* $(,)?) => {$(
            let read = unsure::$name(&db $(, $value)?).await;
            assert!(matches!(read, Err(schemata::Error::Decode { .. })), "{}: {read:?}", stringify!($name));
        )*};
    }
    fails!(
        nullable(),
        missing_side(),
        not_qualified(),
        renamed(),
        sub_select(),
        common_table(),
        shadowed(),
        nested_joins(),
        full(),
        lateral(),
        scalar_sub_select(),
        rolled_up(),
        either(),
        filtered(),
        optional(None),
        cased(),
        joined_expression(),
    );
    sure::plain(&db).await.expect("reads");
    sure::both_sides_of_a_self_join(&db).await.expect("reads");
    sure::beside_an_outer_join(&db).await.expect("reads");
    sure::expressions(&db, 1, "x").await.expect("reads");
    sure::groups(&db).await.expect("reads");
    assert_eq!(sure::said_by_the_author(&db).await.expect("reads"), [] as [String; 0]);
    sure::cased(&db).await.expect("reads");
}
