use schemata::TableModel;

#[derive(TableModel)]
#[table(index(customer_id, placed_att desc, include(custmer_id)))]
struct Order {
    #[column(primary_key)]
    id: i64,
    customer_id: i64,
    placed_at: i64,
}

fn main() {}
