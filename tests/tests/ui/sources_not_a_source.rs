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
#[projection(of = Customer)]
struct Brief {
    id: i64,
}

fn main() {
    drop(schemata::query::with::<Brief>(Customer::select().columns(Customer::id)));
}
