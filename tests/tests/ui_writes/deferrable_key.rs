use schemata::TableModel;
use schemata::model::Write;

#[derive(TableModel)]
#[table(unique(email, deferrable))]
struct Customer {
    #[column(primary_key)]
    id: i64,
    email: String,
}

fn main() {
    let _ = Customer::insert().id(1).email("a").on_conflict(Customer::by_email);
}
