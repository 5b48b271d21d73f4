use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    id: i64,
}

fn uses() -> i64 {
    let _ = Order::insert().id(1);
    let _ = Order::id;
    1
}

fn main() {}
