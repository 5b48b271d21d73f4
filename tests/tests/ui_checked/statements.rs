use schemata::prelude::*;

#[derive(Debug, TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub number: String,
}

schemata::query! {
    fn wrapped() -> schemata::Result<u64> = "DELETE FROM {Order}";
    fn nothing() -> () = "DELETE FROM {Order}";
    fn two() -> u64 = "DELETE FROM {Order}; DELETE FROM {Order}";
    fn begin() -> u64 = "BEGIN";
    fn copy() -> u64 = "COPY {Order} TO STDOUT";
    fn empty_text() -> u64 = " -- nothing";
    fn counted() -> u64 = "SELECT count(*) FROM {Order}";
}

schemata::query_file! {
    fn no_file() -> Vec<Order> = "sql/no_such_file.sql";
}

fn main() {}
