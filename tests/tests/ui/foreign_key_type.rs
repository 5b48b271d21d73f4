use schemata::TableModel;

#[derive(TableModel)]
struct Customer {
    #[column(primary_key)]
    id: i64,
}

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(references = Customer::id)]
    customer_id: String,
    #[column(references = Customer::id)]
    other_id: Option<f64>,
}

fn main() {}
