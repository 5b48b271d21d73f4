use schemata::prelude::*;
use schemata::query::{count, grouping, lower};

#[derive(TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub status: String,
    pub total: i32,
}

fn main() {
    let _ = Order::select().rollup(lower(Order::status)).aggregate(count());
    let _ = Order::select().group_by(Order::status).aggregate(grouping(Order::status));
    let _ = Order::select().columns(1.5 * Order::total);
}
