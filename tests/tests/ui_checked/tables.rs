use schemata::prelude::*;

#[derive(Debug, TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub number: String,
}

schemata::query! {
    fn not_named() -> Vec<i64> = "SELECT {Order::id} FROM orders";
    fn twice() -> Vec<i64> = "SELECT {Order::id} FROM {Order as a} JOIN {Order as b} ON {a.id} = {b.id}";
    fn no_alias() -> Vec<i64> = "SELECT {x.id} FROM {Order as o}";
    fn in_a_list() -> Vec<Order> = "SELECT {Order} FROM {Order}";
    fn dotted() -> Vec<Order> = "SELECT {Order.*} FROM {Order}";
    fn no_name() -> Vec<i64> = "SELECT 1 FROM {Order as 1}";
}

fn main() {}
