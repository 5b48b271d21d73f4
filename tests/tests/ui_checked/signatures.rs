use schemata::prelude::*;

#[derive(Debug, TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub number: String,
}

schemata::query! {
    fn no_result() = "DELETE FROM {Order}";
}
schemata::query! {
    async fn two_times_async() -> u64 = "DELETE FROM {Order}";
}
schemata::query! {
    fn generic<T>(id: T) -> u64 = "DELETE FROM {Order} WHERE {Order::id} = {id}";
}
schemata::query! {
    fn with_self(&self) -> u64 = "DELETE FROM {Order}";
}
schemata::query! {
    fn pattern((a, b): (i64, i64)) -> i64 = "SELECT {a} + {b}";
}
schemata::query! {
    fn no_literal() -> u64 = concat!("DELETE FROM ", "x");
}
schemata::query! {}
schemata::query! {
    const X: i32 = 1;
}

fn main() {}
