use schemata::{Projection, TableModel};

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    status: String,
}

#[derive(Projection)]
#[projection(of = Order)]
struct WrongType {
    id: i64,
    status: Option<i64>,
}

#[derive(Projection)]
#[projection(of = Order)]
struct NoSuchColumn {
    state: String,
}

fn main() {}
