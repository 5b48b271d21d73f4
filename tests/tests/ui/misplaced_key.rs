use schemata::TableModel;

#[derive(TableModel)]
#[table(primary_key)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(index)]
    email: String,
    #[table(unique)]
    phone: String,
}

fn main() {}
