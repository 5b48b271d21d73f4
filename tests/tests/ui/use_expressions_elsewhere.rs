use schemata::query::functions::*;
use schemata::query::{case, count};
use schemata::{TableModel, sql};

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
    name: String,
}

fn main() {
    let _ = Order::select().columns(lower(Customer::name));
    let _ = Order::select().filter(sql!(bool, "{} = {}", Order::status, Customer::name));
    let size = case().when(Order::id.gt(1), "many").otherwise("few");
    let _ = Order::select().group_by(size.clone()).aggregate(count()).order_by(size.asc());
}
