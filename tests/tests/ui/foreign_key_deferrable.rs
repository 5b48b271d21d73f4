use schemata::TableModel;

#[derive(TableModel)]
#[table(unique(email, deferrable))]
struct Customer {
    #[column(primary_key)]
    id: i64,
    email: String,
}

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(references = Customer::email)]
    customer: String,
}

fn main() {}
