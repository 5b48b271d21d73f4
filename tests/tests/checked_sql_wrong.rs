//! Checked SQL that is wrong: each mistake, with what the check says. All of them are reported at once.
#![allow(dead_code, reason = "no wrong query is run")]

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::prelude::*;
use schemata::testing::{TestError, WrongQuery, check_queries};
use schemata_tests::stall::{Customer, Order, State, migrator};
use uuid::Uuid;

#[derive(Debug, FromRow)]
struct Monthly {
    month: DateTime<Utc>,
    total: Decimal,
}

schemata::query! {
    fn misspelt() -> Vec<String> =
        "SELECT {Customer::email}
         FROM {Customer}
         WHERE {Customer::id} = nosuch(1)";

    fn no_such_column() -> Vec<String> =
        "SELECT emial
         FROM {Customer}";

    fn no_such_table() -> Vec<i64> = "SELECT id FROM customer";

    fn not_qualified() -> Vec<i64> = "SELECT id FROM {Customer as c} JOIN {Order as o} ON {c.id} = {o.customer_id}";

    fn untyped(value: Option<i64>) -> i64 = "SELECT count(*) FROM {Order} WHERE {value} IS NULL";

    fn wrong_parameter(id: Uuid) -> Option<Customer> = "SELECT {Customer::*} FROM {Customer} WHERE {Customer::id} = {id}";

    fn wrong_enum(status: &str) -> Vec<Order> = "SELECT {Order::*} FROM {Order} WHERE {Order::status} = {status}";

    fn wrong_array(ids: Vec<i32>) -> Vec<Order> = "SELECT {Order::*} FROM {Order} WHERE {Order::id} = ANY ({ids})";

    fn wrong_domain(code: i64) -> u64 = "INSERT INTO public.addresses (customer_id, code) VALUES (1, {code})";

    fn wrong_column() -> Vec<(i64, i64)> = "SELECT {Order::id}, {Order::total} FROM {Order}";

    fn wrong_enum_column() -> Vec<String> = "SELECT {Order::status} FROM {Order}";

    fn too_many() -> Vec<(i64, String)> = "SELECT {Order::id}, {Order::number}, {Order::total} FROM {Order}";

    fn too_few() -> Vec<Monthly> = "SELECT {Order::placed_at} AS month FROM {Order}";

    fn other_names() -> Vec<Monthly> = "SELECT {Order::placed_at}, {Order::total} AS total FROM {Order}";

    fn null_column() -> Vec<(i64, String)> = "SELECT {Customer::id}, {Customer::phone} FROM {Customer}";

    fn null_expression() -> Decimal = "SELECT sum({Order::total}) FROM {Order}";

    fn outer_join() -> Vec<(String, String)> =
        "SELECT {c.email}, {o.number} FROM {Customer as c} LEFT JOIN {Order as o} ON {o.customer_id} = {c.id}";

    fn outer_join_model() -> Vec<(Order, Customer)> =
        "SELECT {o.*}, {c.*} FROM {Order as o} FULL JOIN {Customer as c} ON {o.customer_id} = {c.id}";

    fn self_join() -> Vec<(i64, i64)> =
        "SELECT {c.id}, {host.id} FROM {Customer as c} LEFT JOIN {Customer as host} ON {host.id} = {c.invited_by}";

    fn swapped_models() -> Vec<(Order, Customer)> =
        "SELECT {c.*}, {o.*} FROM {Order as o} JOIN {Customer as c} ON {o.customer_id} = {c.id}";

    fn no_rows() -> Vec<Order> = "DELETE FROM {Order}";

    fn rows_as_a_number() -> u64 = "WITH all_orders AS (SELECT 1 FROM {Order}) SELECT count(*) FROM all_orders";

    fn two_at_once(id: i32) -> f64 = "SELECT {Order::total} FROM {Order} WHERE {Order::id} = {id}";

    fn right(state: State) -> Vec<(i64, Option<String>)> =
        "SELECT {o.id}, {c.phone} FROM {Order as o} JOIN {Customer as c} ON {o.customer_id} = {c.id} WHERE {o.status} = {state}";
}

schemata::query_file! {
    fn wrong_file(since: Uuid) -> Vec<(String, String)> = "sql/shipped_since.sql";

    fn refused_file() -> i64 = "sql/refused.sql";
}

async fn wrong() -> Vec<WrongQuery> {
    match check_queries(&migrator()).await {
        Err(TestError::Queries(wrong)) => wrong,
        other => panic!("{other:?}"),
    }
}

/// What PostgreSQL and the check say, without the place.
const SAID: &[(&str, &[&str])] = &[
    (
        "misspelt",
        &["PostgreSQL: function nosuch(integer) does not exist
FILE:21
    WHERE \"customers\".\"id\" = nosuch(1)
                             ^
hint: No function matches the given name and argument types. You might need to add explicit type casts."],
    ),
    (
        "no_such_column",
        &["PostgreSQL: column \"emial\" does not exist
FILE:24
    SELECT emial
           ^
hint: Perhaps you meant to reference the column \"customers.email\"."],
    ),
    (
        "no_such_table",
        &["PostgreSQL: relation \"customer\" does not exist
FILE:27
    SELECT id FROM customer
                   ^
no migration creates it; a table of a model is written `{Model}`"],
    ),
    (
        "not_qualified",
        &["PostgreSQL: column reference \"id\" is ambiguous
FILE:29
    SELECT id FROM \"public\".\"customers\" AS c JOIN \"public\".\"orders\" AS o ON c.\"id\" = o.\"customer_id\"
           ^"],
    ),
    (
        "untyped",
        &["PostgreSQL: could not determine data type of parameter `{value}`
write the type of the parameter where it stands alone, for example `{value}::bigint`"],
    ),
    (
        "wrong_parameter",
        &[
            "parameter `id` is `Uuid` (uuid), but PostgreSQL takes bigint there: make it `i64`, or cast it in the text, `{id}::uuid`",
        ],
    ),
    (
        "wrong_enum",
        &[
            "parameter `status` is `&str` (text), but PostgreSQL takes order_state there: make it an enum with `#[derive(PgEnum)]`, or cast it in the text, `{status}::text`",
        ],
    ),
    (
        "wrong_array",
        &[
            "parameter `ids` is `Vec<i32>` (integer[]), but PostgreSQL takes bigint[] there: make it `Vec<i64>`, or cast it in the text, `{ids}::integer[]`",
        ],
    ),
    (
        "wrong_domain",
        &[
            "parameter `code` is `i64` (bigint), but PostgreSQL takes postcode, a domain of text there: make it `String`, or cast it in the text, `{code}::bigint`",
        ],
    ),
    (
        "wrong_column",
        &["column 2, `total`, is numeric, but is read as `i64`: read `Decimal`, or cast it in the text, `…::bigint`"],
    ),
    (
        "wrong_enum_column",
        &[
            "column 1, `status`, is order_state, but is read as `String`: read an enum with `#[derive(PgEnum)]`, or cast it in the text, `…::text`",
        ],
    ),
    (
        "too_many",
        &[
            "the statement returns 3 columns, but `Vec<(i64, String)>` reads 2: `total` is the first that is not read; list exactly the columns that are read",
        ],
    ),
    (
        "too_few",
        &[
            "the statement returns 1 column, but `Vec<Monthly>` reads 2: `total` of `Monthly` is the first that is missing; list exactly the columns that are read",
        ],
    ),
    (
        "other_names",
        &[
            "column 1 is called `placed_at`, but `month` of `Monthly` is read there: list the columns in the order of the fields, or write AS \"month\"",
        ],
    ),
    (
        "null_column",
        &[
            "column 2, `phone`, is read as `String`, but can be NULL, since its table allows it: read `Option<String>`, or write AS \"phone!\" if it never is",
        ],
    ),
    (
        "null_expression",
        &[
            "column 1, `sum`, is read as `Decimal`, but can be NULL, since nothing shows that the expression never is: read `Option<Decimal>`, or write AS \"sum!\" if it never is",
        ],
    ),
    (
        "outer_join",
        &[
            "column 2, `number`, is read as `String`, but can be NULL, since an outer join may not find its table's row: read `Option<String>`, or write AS \"number!\" if it never is",
        ],
    ),
    (
        "outer_join_model",
        &[
            "column 1, `id`, is read as `id` of `Order`, bigint, but can be NULL, since an outer join may not find its table's row: read `Option<Order>`",
            "column 7, `id`, is read as `id` of `Customer`, bigint, but can be NULL, since an outer join may not find its table's row: read `Option<Customer>`",
        ],
    ),
    (
        "self_join",
        &[
            "column 2, `id`, is read as `i64`, but can be NULL, since an outer join may not find its table's row: read `Option<i64>`, or write AS \"id!\" if it never is",
        ],
    ),
    (
        "swapped_models",
        &[
            "column 2 is called `email`, but `customer_id` of `Order` is read there: list the columns of `Order` by `{Order::*}`, or by `{alias.*}`",
            "column 7 is called `customer_id`, but `id` of `Customer` is read there: list the columns of `Customer` by `{Customer::*}`, or by `{alias.*}`",
        ],
    ),
    (
        "no_rows",
        &[
            "the statement returns no rows, but the function returns `Vec<Order>`: list columns after RETURNING, or return `u64`, the number of affected rows",
        ],
    ),
    (
        "rows_as_a_number",
        &[
            "the statement returns rows, and `u64` is the number of rows that it affects: return what it lists, for example `-> i64` for a count",
        ],
    ),
    (
        "two_at_once",
        &[
            "parameter `id` is `i32` (integer), but PostgreSQL takes bigint there: make it `i64`, or cast it in the text, `{id}::integer`",
            "column 1, `total`, is numeric, but is read as `f64`: read `Decimal`, or cast it in the text, `…::double precision`",
        ],
    ),
    (
        "wrong_file",
        &[
            "parameter `since` is `Uuid` (uuid), but PostgreSQL takes timestamptz there: make it `DateTime<Utc>`, or cast it in the text, `{since}::uuid`",
        ],
    ),
    (
        "refused_file",
        &["PostgreSQL: column \"nowhere\" does not exist
sql/refused.sql:3
    WHERE nowhere
          ^"],
    ),
];

#[tokio::test]
async fn every_wrong_query_is_explained() {
    let wrong = wrong().await;
    let told: Vec<(&str, Vec<String>)> = wrong
        .iter()
        .map(|query| (query.name, query.problems.iter().map(|problem| problem.replace(file!(), "FILE")).collect()))
        .collect();
    for ((name, problems), (expected_name, expected)) in told.iter().zip(SAID) {
        assert_eq!(
            (name, &problems[..]),
            (expected_name, &expected.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
        );
    }
    assert_eq!(told.len(), SAID.len(), "all but `right`");
}

#[tokio::test]
async fn the_report_begins_with_the_place() {
    let error = check_queries(&migrator()).await.expect_err("they are wrong");
    let text = error.to_string();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("25 queries are wrong:"));
    assert_eq!(lines.next(), Some(&*format!("{}:18: `misspelt`", file!())));
    assert_eq!(lines.next(), Some("  - PostgreSQL: function nosuch(integer) does not exist"));
    assert_eq!(lines.next(), Some(&*format!("    {}:21", file!())));
}
