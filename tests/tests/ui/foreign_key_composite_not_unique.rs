use schemata::TableModel;

#[derive(TableModel)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(TableModel)]
#[table(foreign_key(columns(a, b), references(Customer::id, Customer::name)))]
struct Order {
    #[column(primary_key)]
    id: i64,
    a: i64,
    b: String,
}

fn main() {}
