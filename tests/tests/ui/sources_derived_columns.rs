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

#[derive(Projection)]
#[projection(source)]
struct Known {
    id: i64,
    name: Option<String>,
}

fn main() {
    drop(Known::from_query(Customer::select().columns((Customer::id, Customer::name))));
    let query = Order::select().join_query::<Known>(Customer::select().columns(Customer::id), Known::id.eq(Order::customer_id));
    drop(query);
}
