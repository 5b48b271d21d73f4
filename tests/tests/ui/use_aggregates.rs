use schemata::query::count;
use schemata::TableModel;

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
    let _ = Order::select().group_by(Order::status).aggregate(Order::id);
    let _ = Order::status.sum();
    let _ = Order::select().filter(count().gt(1));
    let _ = Order::select().columns((Order::id, Customer::id));
}
