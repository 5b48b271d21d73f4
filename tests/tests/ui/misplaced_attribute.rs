use schemata::TableModel;

#[derive(TableModel)]
#[column(name = "orders")]
struct Order {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
