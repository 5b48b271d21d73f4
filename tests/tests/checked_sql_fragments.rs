//! Fragments of `sql!` and texts of `raw_sql!`: those that PostgreSQL refuses on the replayed database, and those that it takes.
#![allow(dead_code, reason = "no wrong fragment is run")]

use rust_decimal::Decimal;
use schemata::prelude::*;
use schemata::query::{Condition, Expr, bind, lower};
use schemata::testing::{TestError, WrongQuery, check_queries};
use schemata::{raw_sql, sql};
use schemata_tests::stall::{Customer, Order, State, migrator};

fn right(search: &str) -> Condition<Customer> {
    let near = sql!(bool, "{} ~~ {}", Customer::email, search.to_owned()).eq(true);
    let tagged = sql!(bool, "{} && ARRAY['a', {}]", Customer::tags, bind(search.to_owned())).eq(true);
    let sub = sql!(bool, "EXISTS (SELECT FROM public.addresses AS a WHERE a.customer_id = {})", Customer::id).eq(true);
    // Without types, PostgreSQL cannot choose an operator: nothing is said.
    let untyped = sql!(bool, "{} -> {} IS NULL", bind(search.to_owned()), search).eq(true);
    let lowered = sql!(Option<i32>, "nullif(strpos({}, 'a'), 0)", lower(Customer::email)).is_null();
    near.and(tagged).and(sub).and(untyped).and(lowered)
}

fn right_aggregates() -> (Expr<Order, Decimal>, Expr<Order, bool>, Expr<Order, i64>) {
    let total = sql!(Decimal, "coalesce(sum({}), 0)", Order::total);
    let state = sql!(bool, "{} = 'shipped'", Order::status);
    (total, state, sql!(i64, "row_number() OVER (PARTITION BY {})", Order::customer_id))
}

fn wrong() {
    drop(sql!(bool, "{} ~~ lowr({})", Customer::email, Customer::phone));
    drop(sql!(i32, "{} + 1", Order::total));
    drop(sql!(bool, "{} @> {}", Order::id, Customer::email));
    drop(sql!(bool, "{} = 'lost'", Order::status));
    drop(sql!(bool, "nosuch({})", bind(1)));
    drop(sql!(bool, "EXISTS (SELECT FROM public.adresses AS a WHERE a.customer_id = {})", Customer::id));
    drop(raw_sql!(
        "UPDATE public.customers
         SET emial = $1"
    ));
    drop(raw_sql!("SELECT 1 FROM public.orders WHERE id = $1"));
    drop(raw_sql!("DELET FROM public.orders"));
}

async fn found() -> Vec<WrongQuery> {
    match check_queries(&migrator()).await {
        Err(TestError::Queries(wrong)) => wrong,
        other => panic!("{other:?}"),
    }
}

/// The macro, the line after that of `fn wrong`, and what is said.
const SAID: &[(&str, u32, &str)] = &[
    ("sql!", 1, "PostgreSQL: function lowr(text) does not exist"),
    ("sql!", 2, "it is numeric, and `i32` is integer: change the type, or cast it in the text, `(…)::integer`"),
    ("sql!", 3, "PostgreSQL: operator does not exist: bigint @> text"),
    ("sql!", 4, "PostgreSQL: invalid input value for enum order_state: \"lost\""),
    ("sql!", 5, "PostgreSQL: function nosuch(unknown) does not exist"),
    ("sql!", 6, "PostgreSQL: relation \"public.adresses\" does not exist"),
    (
        "raw_sql!",
        7,
        "PostgreSQL: column \"emial\" of relation \"customers\" does not exist\n    SET emial = $1\n        ^",
    ),
    ("raw_sql!", 12, "PostgreSQL: syntax error at or near \"DELET\"\n    DELET FROM public.orders\n    ^"),
];

#[tokio::test]
async fn wrong_fragments_and_texts_are_told_with_their_place() {
    let source = include_str!("checked_sql_fragments.rs");
    let first = source.lines().position(|line| line == "fn wrong() {").expect("is there");
    let first = u32::try_from(first).expect("short") + 1;
    let found = found().await;
    for (wrong, (name, line, said)) in found.iter().zip(SAID) {
        assert_eq!((wrong.name, wrong.file, wrong.line), (*name, file!(), first + line), "{wrong}");
        assert!(wrong.problems.len() == 1 && wrong.problems[0].starts_with(said), "{wrong}\nexpected {said}");
    }
    assert_eq!(found.len(), SAID.len(), "{found:#?}");
}

#[test]
fn a_fragment_may_name_a_type_parameter() {
    fn one<T: schemata::schema::ColumnType>(value: T) -> Expr<(), T> {
        sql!(T, "{}", value)
    }
    drop(Customer::select().columns((one(7_i64), one(State::Pending))));
}
