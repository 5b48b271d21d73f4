use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(references = Order::id, on_delete = set_null)]
    parent: i64,
}

fn main() {}
