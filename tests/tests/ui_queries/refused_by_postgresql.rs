use schemata::prelude::*;
use schemata::query::{count, window};

#[derive(TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub status: String,
    pub total: i32,
}

fn main() {
    let _ = Order::select().aggregate(count().distinct());
    let _ = Order::select().aggregate(Order::status.mode().distinct());
    let _ = Order::select().aggregate(count().order_by(Order::id.asc()));
    let _ = Order::select().columns(Order::status.count_distinct().over(window()));
    let _ = Order::select().columns(Order::total.percentile_cont(0.5).over(window()));
}
