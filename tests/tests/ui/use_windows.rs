use schemata::TableModel;
use schemata::query::{count, rank, row_number, window};

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    status: String,
}

#[derive(TableModel)]
struct Customer {
    #[column(primary_key)]
    id: i64,
}

fn main() {
    let _ = Order::select().filter(row_number().over(window()).eq(1));
    let _ = Order::select().group_by(Order::status).aggregate(count()).having(rank().over(window()).gt(1));
    let _ = Order::select().columns(row_number());
    let _ = Order::select().columns(count().over(window().partition_by(Customer::id)));
    let _ = Order::select().aggregate(Order::id.lag(1).over(window()).count());
}
