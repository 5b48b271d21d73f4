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
struct NotAmong {
    #[projection(column = Shipment::id)]
    id: i64,
}

#[derive(Projection)]
struct OfNothing {
    #[projection(column = Order::id)]
    id: i64,
}

#[derive(Projection)]
#[projection(of = Order, source)]
struct Either {
    id: i64,
}

#[derive(Projection)]
#[projection(of = (Order, Customer))]
struct Both {
    #[projection(nested, column = Order::id)]
    id: i64,
}

fn main() {}
