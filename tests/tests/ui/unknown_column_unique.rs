use schemata::TableModel;

#[derive(TableModel)]
#[table(unique(custmer_id, placed_at), unique(colour))]
struct Order {
    #[column(primary_key)]
    id: i64,
    customer_id: i64,
    placed_at: i64,
}

fn main() {}
