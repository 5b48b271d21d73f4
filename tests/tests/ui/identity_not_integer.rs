use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(identity)]
    a: String,
    #[column(identity = by_default)]
    b: Option<i64>,
    #[column(identity = sometimes)]
    c: i64,
}

fn main() {}
