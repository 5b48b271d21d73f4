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

// Which of the two customers has the name? `alias! { struct Patron = Customer; }` tells them apart.
fn main() {
    let query = Customer::select().join_on::<Customer>(Condition::always());
    drop(query.columns(Customer::name));
}
