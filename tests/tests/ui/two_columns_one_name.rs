use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(name = "a")]
    b: i64,
    a: i64,
}

fn main() {}
