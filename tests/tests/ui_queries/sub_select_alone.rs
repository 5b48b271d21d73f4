use schemata::prelude::*;
use schemata::query::{count, scalar};

#[derive(TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
}

#[derive(TableModel)]
pub struct Item {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Order::id)]
    pub order_id: i64,
}

fn main() {
    let _ = Order::select().columns((Order::id, scalar(Item::select().aggregate(count()))));
    let _ = Order::select().filter(Order::id.eq(None));
}
