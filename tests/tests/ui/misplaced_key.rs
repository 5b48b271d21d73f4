use schemata::TableModel;

#[derive(TableModel)]
#[table(identity)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(index)]
    email: String,
    #[table(unique)]
    phone: String,
}

fn main() {}
