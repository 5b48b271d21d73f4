use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(serial)]
    a: String,
    #[column(serial)]
    b: Option<i64>,
}

fn main() {}
