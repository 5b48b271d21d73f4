use schemata::TableModel;

#[derive(TableModel)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(references = Customer::name)]
    customer: String,
}

fn main() {}
