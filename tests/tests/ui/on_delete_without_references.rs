use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(on_delete = cascade)]
    a: i64,
    #[column(references = Order::id, on_update = explode)]
    b: i64,
}

fn main() {}
