use schemata::prelude::*;

#[derive(TableModel)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(references = Self::id)]
    patron_id: Option<i64>,
}

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(references = Customer::id)]
    customer_id: i64,
}

fn main() {
    let names = Order::select().columns(Order::id);
    drop(names.right_join(Order::CUSTOMER_ID_FKEY));
}
