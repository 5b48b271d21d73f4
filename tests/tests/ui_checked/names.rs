use schemata::prelude::*;

#[derive(Debug, TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub number: String,
}

schemata::query! {
    fn no_column() -> Vec<i64> = "SELECT {Order::nr} FROM {Order}";
    fn no_model() -> i64 = "SELECT count(*) FROM {Ordr}";
}

fn main() {}
