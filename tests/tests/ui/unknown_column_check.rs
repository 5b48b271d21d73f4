use schemata::TableModel;

#[derive(TableModel)]
#[table(check(name = "a", sql = "custmer_id > 0 AND length(trim(both ' ' from note)) > 0"), check("b", "\"Placed\" > 1"))]
struct Order {
    #[column(primary_key)]
    id: i64,
    customer_id: i64,
    placed_at: i64,
    note: String,
}

fn main() {}
