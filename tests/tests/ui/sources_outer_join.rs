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
#[projection(of = (Order, Customer))]
struct Line {
    id: i64,
    #[projection(column = Customer::name)]
    customer: String,
}

fn main() {
    drop(Order::select().left_join(Order::CUSTOMER_ID_FKEY).project::<Line>());
    drop(Customer::select().project::<Line>());
}
