use schemata::TableModel;

#[derive(TableModel)]
#[table(foreign_key(columns(custmer_id), references(Order::id)))]
struct Order {
    #[column(primary_key)]
    id: i64,
    customer_id: i64,
    placed_at: i64,
}

fn main() {}
