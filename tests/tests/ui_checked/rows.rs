use schemata::prelude::*;

#[derive(Debug, TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub number: String,
}

pub struct NoRow;

schemata::query! {
    fn row() -> Vec<NoRow> = "SELECT 1";
}

schemata::query! {
    fn parameter(value: NoRow) -> i64 = "SELECT {value}";
}

#[derive(FromRow)]
pub struct Holds {
    pub id: i64,
    pub other: NoRow,
}

fn main() {}
