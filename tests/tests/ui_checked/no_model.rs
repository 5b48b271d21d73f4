use schemata::prelude::*;

#[derive(Debug, TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub number: String,
}

#[derive(Debug)]
pub struct Plain;

schemata::query! {
    fn no_model() -> i64 = "SELECT count(*) FROM {Plain}";
}

fn main() {}
