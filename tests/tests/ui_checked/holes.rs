use schemata::prelude::*;

#[derive(Debug, TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub number: String,
}

schemata::query! {
    fn unknown(number: String) -> Vec<Order> = "SELECT {Order::*} FROM {Order} WHERE {Order::number} = {numbr} OR {number} = ''";
    fn no_parameters() -> i64 = "SELECT {value}";
    fn empty() -> i64 = "SELECT {}";
    fn unclosed() -> i64 = "SELECT {id";
    fn single() -> i64 = "SELECT 1 }";
    fn quoted(number: &str) -> Vec<i64> = "SELECT {Order::id} FROM {Order} WHERE {Order::number} LIKE '%{number}%'";
    fn array() -> i64 = "SELECT cardinality('{a,b}'::text[])";
    fn numbered(id: i64) -> i64 = "SELECT $1 + {id}";
    fn unused(id: i64, number: &str) -> i64 = "SELECT {id}";
}

fn main() {}
